// How a version of the API differs from the one before, as the edge calls it.

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

/**
 * Where a place of the newer request stands in the older one, by JSON Pointer. All below it moves along. In a key, `*`
 * is any index of an array, and in its value the same one.
 */
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
  /** What both versions have and a conversion leaves out, by JSON Pointer: `/headers/X-Trace` or `/body/note`. */
  drops?:
    | {
        /** JSON pointers into the request of the older version. */
        request?: readonly string[] | undefined;
        /** JSON pointers into the response of the newer version. */
        response?: readonly string[] | undefined;
      }
    | undefined;
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
