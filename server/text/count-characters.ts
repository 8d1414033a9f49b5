const SURROGATE_PAIRS = /[\ud800-\udbff][\udc00-\udfff]/g;

/** Counts the characters of a text, of which some take two UTF-16 code units. */
export function countCharacters(text: string): number {
  return text.length - (text.match(SURROGATE_PAIRS)?.length ?? 0);
}
