// Set operations that the compiler's library for Node 24 does not declare yet.

/** The intersection of two sets. */
export function intersection<T>(left: Iterable<T>, right: ReadonlySet<T>): Set<T> {
  return new Set([...left].filter((each) => right.has(each)));
}

/** The entries of the first set that the second one lacks. */
export function difference<T>(left: Iterable<T>, right: ReadonlySet<T>): Set<T> {
  return new Set([...left].filter((each) => !right.has(each)));
}
