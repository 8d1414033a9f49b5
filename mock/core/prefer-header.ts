// Reads the `Prefer` header (RFC 7240, section 2).

/** One preference, such as `code=429`: a name, optionally a value, and parameters that are ignored. */
const PREFERENCE = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?\s*(?:;.*)?$/s;

/**
 * The preferences of a header by name in lower case. One without a value is an empty text. The first of a name wins.
 */
export function parsePrefer(header: string): Map<string, string> {
  const preferences = new Map<string, string>();
  for (const item of splitAtCommas(header)) {
    const [, name, quoted, token = ''] = PREFERENCE.exec(item) ?? [];
    if (name === undefined) continue;
    const value = quoted === undefined ? token : quoted.replace(/\\(.)/gs, '$1');
    if (!preferences.has(name.toLowerCase())) preferences.set(name.toLowerCase(), value);
  }
  return preferences;
}

/** A comma within quotes separates nothing. */
function splitAtCommas(header: string): string[] {
  return header.match(/(?:"(?:[^"\\]|\\.)*"?|[^,"])+/gs) ?? [];
}
