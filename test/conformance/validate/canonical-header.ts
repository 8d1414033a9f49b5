// Converts equivalent forms of a header (RFC 9110) to the form of the contract.

/** Lists whose order does not matter. White space around commas and empty elements are ignored (section 5.6.1). */
const LISTS = new Set(['allow', 'accept-encoding']);

/**
 * The header in the form of the contract. A value with another meaning, or a malformed one, is returned unchanged.
 *
 * @param name in lower case
 * @param declared the value that the contract declares, if it declares one
 */
export function canonicalHeader(name: string, value: string, declared: string): string {
  if (LISTS.has(name)) return splitList(value).join(', ');
  if (name === 'www-authenticate') return canonicalChallenge(value, declared);
  return value;
}

/** The elements of a list header. */
export function splitList(value: string): string[] {
  return value
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

interface Challenge {
  /** The scheme, in lower case. */
  scheme: string;
  /** The parameters, keyed by lower-case name. */
  params: Map<string, string>;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const SCHEME = new RegExp(`[\\s,]*(${TOKEN})(?=[ ,]|$)[ ]*`, 'y');
const PARAM = new RegExp(`[\\s,]*(${TOKEN})\\s*=\\s*(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)")\\s*(?=,|$)`, 'y');

/**
 * Compares challenges (section 11.6.1). Letter case of names and of the charset, white space, order and other
 * challenges are ignored.
 */
function canonicalChallenge(value: string, declared: string): string {
  const [wanted] = parseChallenges(declared) ?? [];
  const found = parseChallenges(value)?.find(({ scheme }) => scheme === wanted?.scheme);
  if (!wanted || !found) return value;
  const means = (name: string, text: string) =>
    // A server chooses its realm; the charset is case-insensitive (RFC 7617, section 2.1).
    name === 'realm' || found.params.get(name)?.toLowerCase() === text.toLowerCase();
  const isSame = [...wanted.params].every(([name, text]) => found.params.has(name) && means(name, text));
  return isSame ? declared : value;
}

/** The challenges of a header; undefined when it is malformed. */
function parseChallenges(text: string): Challenge[] | undefined {
  const challenges: Challenge[] = [];
  let at = 0;
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  while (at < text.length) {
    const param = challenges.length > 0 ? match(PARAM) : null;
    const scheme = param ? null : match(SCHEME);
    if (param) {
      const [, name = '', token, quoted = ''] = param;
      const value = token ?? quoted.replace(/\\(.)/g, '$1');
      challenges.at(-1)?.params.set(name.toLowerCase(), value);
    } else if (scheme) challenges.push({ scheme: (scheme[1] ?? '').toLowerCase(), params: new Map() });
    else return undefined;
  }
  return challenges;
}
