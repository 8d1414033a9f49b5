// What is validated, converted and passed to handlers.

/** The parts of a request that the contract describes. */
export interface RequestParts {
  path: Record<string, unknown>;
  query: Record<string, unknown>;
  /** Header fields, keyed by lower-case name as in Node. */
  header: Record<string, unknown>;
  body: unknown;
}
