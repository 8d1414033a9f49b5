// Set operations that the compiler's library for Node 24 does not declare yet.

/** What is in both. */
export function intersection<T>(left: Iterable<T>, right: ReadonlySet<T>): Set<T> {
  return new Set([...left].filter((each) => right.has(each)));
}

/** What is in the first and not in the second. */
export function difference<T>(left: Iterable<T>, right: ReadonlySet<T>): Set<T> {
  return new Set([...left].filter((each) => !right.has(each)));
}
