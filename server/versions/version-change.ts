// The types of conversions between two neighbouring versions of the API, from the handlers that each would have.

/** A version, and the handlers that it would have. */
type LiveVersion = readonly [version: string, handlers: object];

/** Oldest first: `LiveVersions` of generated/versions.ts. */
export type VersionList = readonly LiveVersion[];

/** What the edge knows of any request. */
export interface AnyRequest {
  /** Path parameters, by name. */
  path: Record<string, unknown>;
  /** Query parameters, by name. */
  query: Record<string, unknown>;
  /** Declared headers, by their names in the contract. */
  headers: Record<string, unknown>;
  /** The parsed body. */
  body?: unknown;
}

/** What the edge knows of any response. */
export interface AnyResponse {
  /** The HTTP status. */
  status: number;
  /** Declared headers, by name. */
  headers?: Record<string, unknown> | undefined;
  /** Before it is written as JSON. */
  body?: unknown;
}

/** Where a place of the newer request stands in the older one, by JSON Pointer. All below it moves along. */
export type MovedPointers = Readonly<Record<string, string>>;

/** By the part of the request, as in `details` of an error. */
export type Pointers = Readonly<Partial<Record<'body' | 'header' | 'path' | 'query', MovedPointers>>>;

/** The conversions of an operation, as the edge calls them. */
export interface AnyConversion {
  /** From the older version to the newer. Default: the same request. */
  upgradeRequest?: ((request: AnyRequest) => AnyRequest) | undefined;
  /** From the newer version to the older, by status. Default: the same response. */
  downgradeResponse?: Readonly<Record<number, ((response: AnyResponse) => AnyResponse) | undefined>> | undefined;
  /** Where the places that `details` names stand in the older request. */
  pointers?: Pointers | undefined;
}

/** A version, and how it differs from the one before. */
export interface VersionChange<V extends string = string> {
  /** The newer of the two versions. */
  readonly version: V;
  /** By `operationId`. An operation without conversions is the same in both versions. */
  readonly operations: Readonly<Record<string, AnyConversion | undefined>>;
}

/** A change for each live version but the first, oldest first. */
export type VersionChanges<L extends VersionList> = L extends readonly [
  unknown,
  infer Newer extends LiveVersion,
  ...infer Rest extends VersionList,
]
  ? [VersionChange<Newer[0]>, ...VersionChanges<[Newer, ...Rest]>]
  : [];

/** The handlers of the version before, and those of the version itself. */
export type NeighboursOf<V extends string, L extends VersionList> = L extends readonly [
  infer Older extends LiveVersion,
  infer Newer extends LiveVersion,
  ...infer Rest extends VersionList,
]
  ? Newer[0] extends V
    ? [older: Older[1], newer: Newer[1]]
    : NeighboursOf<V, [Newer, ...Rest]>
  : never;

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
  pointers?: Pointers;
};

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

/** Whether two types are identical: one that has a further optional property is assignable, but another type. */
type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;

/** A conversion between equal types may be left out. */
type Unless<Condition, Convert> = Condition extends true ? Convert | undefined : Convert;

/** Properties that may be left out: undefined is a value of theirs, or an empty object. */
type WithOptional<T> = {
  [K in keyof T as IsOptional<T[K]> extends true ? K : never]?: T[K];
} & { [K in keyof T as IsOptional<T[K]> extends true ? never : K]: T[K] };

type IsOptional<T> = undefined extends T ? true : Record<never, never> extends T ? true : false;
