// The parts that were left out of a body, whose violations are only counted.

/** The parts that were left out of an array or object, after as many violations as can be listed. */
export interface Cut {
  /** The number of violations: items of an array, or distinct unknown properties of an object. */
  violations: number;
  /** The number of items that were sent, for an array. */
  length: number;
  /** The cuts in parts that remain, keyed by property or by index among the remaining items. */
  parts: ReadonlyMap<string | number, Cut>;
  /** The items of an array beyond its maximum length. */
  rest?: ItemBlocks | undefined;
}

/**
 * Items of an array in small blocks, so that the values of one block are garbage before the next is parsed. Blocks of
 * valid items are left out.
 */
export interface ItemBlocks {
  blocks: readonly ItemBlock[];
  /** Whether a name in the body has an escape. */
  hasEscapedName: boolean;
}

export interface ItemBlock {
  /** The index of the first item, counted without those that were left out. */
  start: number;
  /** The items as JSON in UTF-8 without the brackets. From another thread, it is no Buffer. */
  text: Uint8Array;
}
