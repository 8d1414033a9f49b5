// The difference between a version of the API and the preceding one, as used by the edge.

/** A version with the type of its handlers. */
type LiveVersion = readonly [version: string, handlers: object];

/** A list of versions, oldest first: `LiveVersions` of generated/versions.ts. */
export type VersionList = readonly LiveVersion[];

/** Any request, as the edge sees it. */
export interface AnyRequest {
  /** Path parameters, keyed by name. */
  path: Record<string, unknown>;
  /** Query parameters, keyed by name. */
  query: Record<string, unknown>;
  /** Declared headers, keyed by their names in the contract. */
  headers: Record<string, unknown>;
  /** The parsed body. */
  body?: unknown;
}

/** Any response, as the edge sees it. */
export interface AnyResponse {
  /** The HTTP status. */
  status: number;
  /** Declared headers, keyed by name. */
  headers?: Record<string, unknown> | undefined;
  /** The body before it is serialized. */
  body?: unknown;
}

/**
 * Maps JSON Pointers into the newer request to pointers into the older one. Everything below a pointer moves along. `*`
 * in a key stands for any index of an array, and in its value for the same index.
 */
export type MovedPointers = Readonly<Record<string, string>>;

/** Moved pointers, keyed by the part of the request as in `details` of an error. */
export type Pointers = Readonly<Partial<Record<'body' | 'header' | 'path' | 'query', MovedPointers>>>;

/** The conversions of an operation, as the edge calls them. */
export interface AnyConversion {
  /** Converts a request of the older version to the newer. Default: the request is unchanged. */
  upgradeRequest?: ((request: AnyRequest) => AnyRequest) | undefined;
  /** Convert responses of the newer version to the older, keyed by status. Default: the response is unchanged. */
  downgradeResponse?: Readonly<Record<number, ((response: AnyResponse) => AnyResponse) | undefined>> | undefined;
  /** The pointers into the older request, for those in `details`. */
  pointers?: Pointers | undefined;
  /** JSON Pointers to the parts that both versions have and a conversion drops: `/headers/X-Trace` or `/body/note`. */
  drops?:
    | {
        /** JSON Pointers into the request of the older version. */
        request?: readonly string[] | undefined;
        /** JSON Pointers into the response of the newer version. */
        response?: readonly string[] | undefined;
      }
    | undefined;
}

/** A version, and its difference from the preceding one. */
export interface VersionChange<V extends string = string> {
  /** The newer of the two versions. */
  readonly version: V;
  /** The conversions, keyed by `operationId`. An operation without any is the same in both versions. */
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

/** The handlers of the preceding version, and those of the version itself. */
export type NeighboursOf<V extends string, L extends VersionList> = L extends readonly [
  infer Older extends LiveVersion,
  infer Newer extends LiveVersion,
  ...infer Rest extends VersionList,
]
  ? Newer[0] extends V
    ? [older: Older[1], newer: Newer[1]]
    : NeighboursOf<V, [Newer, ...Rest]>
  : never;
