// Serializes a value as JSON in blocks. V8 would copy a single text of 1 MB several times, and block the event loop.

/** The number of items of an array in one block. */
const BLOCK_ITEMS = 1024;

/**
 * Yields the text of JSON.stringify in blocks. Long arrays are split, unless they are inside another array.
 */
export function* serializeBlocks(value: unknown): Generator<string> {
  if (Array.isArray(value) && value.length > BLOCK_ITEMS) {
    for (let at = 0; at < value.length; at += BLOCK_ITEMS) {
      const items = JSON.stringify(value.slice(at, at + BLOCK_ITEMS));
      // Joined to the items, it would cost another copy of them.
      yield at === 0 ? '[' : ',';
      yield items.slice(1, -1);
    }
    yield ']';
  } else if (isRecord(value)) {
    let separator = '{';
    for (const [name, each] of Object.entries(value)) {
      if (each === undefined) continue;
      yield `${separator}${JSON.stringify(name)}:`;
      yield* serializeBlocks(each);
      separator = ',';
    }
    yield separator === '{' ? '{}' : '}';
  } else {
    yield JSON.stringify(value);
  }
}

/** Returns whether the JSON of the value consists of its own properties. */
function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('toJSON' in value);
}
