// The types of the conversions between two versions, from the handlers that each would have.

import type { SurplusPointer } from './exact-types.ts';
import type { PointerTo, Same, UnmovedPointer } from './pointer-types.ts';
import type { AnyRequest, Pointers } from './version-change.ts';

/**
 * The conversions between two versions, by operation. Those of an operation that differs are required; one that only
 * the newer version has needs none.
 */
export type Conversions<Older, Newer> = WithOptional<{
  [Id in keyof Older & keyof Newer]: Conversion<Older[Id], Newer[Id]>;
}>;

type Conversion<Older, Newer> = WithOptional<{
  /** Makes the request of the newer version from a valid one of the older. Must depend on nothing else. */
  upgradeRequest: Unless<Same<RequestOf<Older>, RequestOf<Newer>>, (request: RequestOf<Older>) => RequestOf<Newer>>;
  /** By status: makes a response of the older version from one of the newer. Must depend on nothing else. */
  downgradeResponse: WithOptional<Downgrades<ResponseOf<Older>, ResponseOf<Newer>>>;
}> & {
  /** Where the places that `details` names stand in the older request. Default: at the same pointers. */
  pointers?: { [P in keyof Pointers]?: MovedBetween<PartOf<Older, P>, PartOf<Newer, P>> };
  /** What both versions have and a conversion leaves out on purpose. */
  drops?: {
    request?: readonly Exclude<PointerTo<RequestOf<Older>>, ''>[];
    response?: readonly Exclude<PointerTo<ResponseOf<Newer>>, ''>[];
  };
};

type MovedBetween<Older, Newer> = { readonly [From in Exclude<PointerTo<Newer>, ''>]?: PointerTo<Older> };

type PartOf<Handler, P extends keyof Pointers> = RequestOf<Handler>[P extends 'header'
  ? 'headers'
  : Exclude<P, 'header'>];

type Downgrades<Old, New> = {
  [S in StatusOf<New>]: Unless<Same<WithStatus<Old, S>, WithStatus<New, S>>, (response: WithStatus<New, S>) => Old>;
};

/** Without the header that selects the version: handlers need not know of it. */
type RequestOf<Handler> = Handler extends (request: infer R extends AnyRequest, context: never) => unknown
  ? {
      path: R['path'];
      query: R['query'];
      headers: Omit<R['headers'], 'Sequence-Version'>;
      body: R['body'];
    }
  : never;

type ResponseOf<Handler> = Handler extends (...parameters: never) => Promise<infer R> ? R : never;

type StatusOf<Response> = Response extends { status: infer S extends number } ? S : never;

type WithStatus<Response, S> = Extract<Response, { status: S }>;

/** A conversion between equal types may be left out. */
type Unless<Condition, Convert> = Condition extends true ? Convert | undefined : Convert;

/** Properties that may be left out: undefined is a value of theirs, or an empty object. */
type WithOptional<T> = {
  [K in keyof T as IsOptional<T[K]> extends true ? K : never]?: T[K];
} & { [K in keyof T as IsOptional<T[K]> extends true ? never : K]: T[K] };

type IsOptional<T> = undefined extends T ? true : Record<never, never> extends T ? true : false;

/**
 * What `Conversions` cannot say, for it depends on what is `Given`: conversions return no more than their types
 * declare, and each place of the newer request has one in the older. Errors of the compiler name the pointer.
 */
export type Checked<Older, Newer, Given> = {
  [Id in keyof Given]: Id extends keyof Older & keyof Newer
    ? CheckedConversion<Older[Id], Newer[Id], Given[Id]>
    : Problem<`There is no operation ${Id & string} in both versions.`>;
};

type CheckedConversion<Older, Newer, Given> = {
  [K in keyof Given]: K extends 'upgradeRequest'
    ? Exact<Given[K], RequestOf<Newer>>
    : K extends 'downgradeResponse'
      ? { [S in keyof Given[K]]: ExactResponse<Given[K][S], S, Older, Newer> }
      : K extends 'pointers'
        ? { [P in keyof Given[K]]: Declared<Given[K][P], P, Newer> }
        : K extends 'drops'
          ? unknown
          : Problem<`There is no conversion ${K & string}.`>;
} & Required<MissingIn<Older, Newer, Given extends { pointers: infer Moved } ? Moved : Record<never, never>>>;

/** In types of errors, so that the compiler prints a reason. No value has it. */
interface Problem<Reason extends string> {
  problem: Reason;
}

type Exact<Convert, Expected> = Convert extends (...parameters: never) => infer Returned
  ? IfNever<
      SurplusOf<Expected, Returned>,
      unknown,
      Problem<`${SurplusOf<Expected, Returned>} is returned, which the version does not have.`>
    >
  : unknown;

type ExactResponse<Convert, Status, Older, Newer> =
  Status extends StatusOf<ResponseOf<Newer>>
    ? Exact<Convert, ResponseOf<Older>>
    : Problem<`The newer version has no status ${Status & number}.`>;

/** What is surplus in a response depends on its status. */
type SurplusOf<Expected, Returned> = Returned extends { status: infer S }
  ? SurplusPointer<WithStatus<Expected, S>, Returned>
  : SurplusPointer<Expected, Returned>;

type Declared<Moved, Part, Newer> = Part extends keyof Pointers
  ? {
      [From in keyof Moved]: From extends PointerTo<PartOf<Newer, Part>>
        ? unknown
        : Problem<`The newer request has no ${From & string}.`>;
    }
  : Problem<`A request has no ${Part & string}.`>;

/** By the part of the request, the places of the newer one that lack an entry. */
type MissingIn<Older, Newer, Moved> = {
  [P in keyof Pointers]-?: UnmovedPointer<
    PartOf<Newer, P>,
    PointerTo<PartOf<Older, P>>,
    P extends keyof Moved ? Moved[P] : Record<never, never>
  >;
};

type Required<Missing> = IfNever<
  Missing[keyof Missing],
  unknown,
  { pointers: { [P in keyof Missing as IfNever<Missing[P], never, P>]: Record<Missing[P] & string, string> } }
>;

type IfNever<T, Then, Else> = [T] extends [never] ? Then : Else;
