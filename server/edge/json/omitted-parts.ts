// What was left out of a body, and the violations in it that are only counted.

/** What was left out of an array or object. All of it follows as many violations as can be listed. */
export interface Cut {
  /** Violations: items of an array, or unknown properties of an object, each once. */
  violations: number;
  /** The number of items that were sent, of an array. */
  length: number;
  /** By the property, or the index among the items that are left. */
  parts: ReadonlyMap<string | number, Cut>;
  /** The items of an array after the first that is too many. */
  rest?: ItemBlocks | undefined;
}

/** Items of an array in small parts, so that what is made of one is garbage before the next. */
export interface ItemBlocks {
  /** The index of the first one. */
  start: number;
  /** Some items each, as JSON without brackets, in UTF-8. */
  texts: readonly Buffer[];
}
