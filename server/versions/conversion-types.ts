// The types of the conversions between two versions, derived from the handlers of each.

import type { SurplusPointer } from './exact-types.ts';
import type { PointerTo, Same, UnmovedPointer } from './pointer-types.ts';
import type { AnyRequest, Pointers } from './version-change.ts';

/**
 * The conversions between two versions, keyed by operation. Those of an operation that differs are required; an
 * operation that only the newer version has needs none.
 */
export type Conversions<Older, Newer> = WithOptional<{
  [Id in keyof Older & keyof Newer]: Conversion<Older[Id], Newer[Id]>;
}>;

type Conversion<Older, Newer> = WithOptional<{
  /** Converts a valid request of the older version to the newer. Must be a pure function. */
  upgradeRequest: Unless<Same<RequestOf<Older>, RequestOf<Newer>>, (request: RequestOf<Older>) => RequestOf<Newer>>;
  /** Convert a response of the newer version to the older, keyed by status. Must be pure functions. */
  downgradeResponse: WithOptional<Downgrades<ResponseOf<Older>, ResponseOf<Newer>>>;
}> & {
  /** The pointers into the older request, for those in `details`. Default: the same pointers. */
  pointers?: { [P in keyof Pointers]?: MovedBetween<PartOf<Older, P>, PartOf<Newer, P>> };
  /** The parts that both versions have and a conversion drops on purpose. */
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

/** The request without the header that selects the version, which handlers do not use. */
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

/** A conversion that may be omitted between equal types. */
type Unless<Condition, Convert> = Condition extends true ? Convert | undefined : Convert;

/** Makes properties optional that may be undefined or an empty object. */
type WithOptional<T> = {
  [K in keyof T as IsOptional<T[K]> extends true ? K : never]?: T[K];
} & { [K in keyof T as IsOptional<T[K]> extends true ? never : K]: T[K] };

type IsOptional<T> = undefined extends T ? true : Record<never, never> extends T ? true : false;

/**
 * The rules that depend on the `Given` conversions: they return no more than their types declare, and each place of the
 * newer request has one in the older. Compiler errors name the pointer.
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

/** A type without values, which makes the compiler print a reason. */
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

/** The surplus properties, which depend on the status in a response. */
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

/** The places of the newer request without an entry, keyed by the part of the request. */
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
