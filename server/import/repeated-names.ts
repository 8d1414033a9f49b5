// Finds property names that a JSON object has twice. JSON.parse takes the last value of such a name and says nothing.
import { type ParsedTokenInfo, Tokenizer, TokenType } from '@streamparser/json';

/** The properties that an import reads. Other properties are ignored, however often an object has them. */
const READ_NAMES = new Set<unknown>(['items', 'id', 'name', 'legalName']);

/**
 * Returns a function that takes the tokens of a JSON text in their order. It reports a name that an import reads when
 * an object has it for the second time. Only objects at the given depths count; the outermost value is at depth 1.
 */
export function watchNames(
  depths: readonly number[],
  report: (name: string, depth: number) => void,
): (token: ParsedTokenInfo) => void {
  let depth = 0;
  let last: unknown;
  /** The names of the innermost open object at each depth. */
  const names = new Map(depths.map((each) => [each, new Set<unknown>()]));
  return ({ token, value }) => {
    if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) names.get(++depth)?.clear();
    else if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) depth -= 1;
    // Only the name of a property stands before a colon.
    else if (token === TokenType.COLON && READ_NAMES.has(last)) {
      const known = names.get(depth);
      if (known?.has(last)) report(String(last), depth);
      known?.add(last);
    }
    last = value;
  };
}

/** Returns the names that the object in the text has twice. The text must be valid JSON. */
export function findRepeatedNames(text: string): string[] {
  const repeated: string[] = [];
  const tokenizer = new Tokenizer();
  tokenizer.onToken = watchNames([1], (name) => repeated.push(name));
  tokenizer.write(text);
  return repeated;
}

/** Describes names that one object has twice. */
export function describeRepeatedName(name: string): string {
  return `The property ${name} is there twice; remove one.`;
}
