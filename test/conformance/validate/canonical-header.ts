// The forms of a header that mean the same (RFC 9110), in the one form that the contract writes.

/**
 * Elements of a list may have any white space around their commas, and empty elements count for nothing: section 5.6.1.
 */
const LISTS = new Set(['allow', 'accept-encoding']);

/**
 * The header in the form of the contract. What means something else, or is malformed, is returned as it is.
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
  /** In lower case. */
  scheme: string;
  /** By lower-case name. */
  params: Map<string, string>;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const SCHEME = new RegExp(`[\\s,]*(${TOKEN})(?=[ ,]|$)[ ]*`, 'y');
const PARAM = new RegExp(`[\\s,]*(${TOKEN})\\s*=\\s*(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)")\\s*(?=,|$)`, 'y');

/** Section 11.6.1: letter case of names and of the charset, white space, order and other challenges do not matter. */
function canonicalChallenge(value: string, declared: string): string {
  const [wanted] = parseChallenges(declared) ?? [];
  const found = parseChallenges(value)?.find(({ scheme }) => scheme === wanted?.scheme);
  if (!wanted || !found) return value;
  const means = (name: string, text: string) =>
    // The realm is the server's own; a charset is named without regard to letter case (RFC 7617, section 2.1).
    name === 'realm' || found.params.get(name)?.toLowerCase() === text.toLowerCase();
  const isSame = [...wanted.params].every(([name, text]) => found.params.has(name) && means(name, text));
  return isSame ? declared : value;
}

/** Undefined when it is malformed. */
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
