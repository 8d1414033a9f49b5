// Reads the `Prefer` header (RFC 7240, section 2).

/**
 * One preference without spaces around it, such as `code=429`: a name, optionally a value, and parameters that are
 * ignored. A value never begins where spaces do, so that many of them are read once.
 */
const PREFERENCE = /^([!#$%&'*+.^_`|~\w-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+))\s*|=\s*)?(?:;.*)?$/s;

/**
 * Returns the preferences of a header, keyed by lower-case name. One without a value is an empty string. Of several
 * with the same name, the first one wins.
 */
export function parsePrefer(header: string): Map<string, string> {
  const preferences = new Map<string, string>();
  for (const item of splitAtCommas(header)) {
    const [, name, quoted, token = ''] = PREFERENCE.exec(item.trim()) ?? [];
    if (name === undefined) continue;
    const value = quoted === undefined ? token : quoted.replace(/\\(.)/gs, '$1');
    if (!preferences.has(name.toLowerCase())) preferences.set(name.toLowerCase(), value);
  }
  return preferences;
}

/** Splits at commas outside quotes. */
function splitAtCommas(header: string): string[] {
  return header.match(/(?:"(?:[^"\\]|\\.)*"?|[^,"])+/gs) ?? [];
}
