// What the contract describes of a request.

/** The parts of a request that the contract speaks of. */
export interface RequestParts {
  path: Record<string, unknown>;
  query: Record<string, unknown>;
  /** By lower-case name, as Node gives them. */
  header: Record<string, unknown>;
  body: unknown;
}
