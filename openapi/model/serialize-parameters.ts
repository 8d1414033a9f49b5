// Serializes values of parameters and headers, in one way for everything that sends them.

/** Characters that `encodeURIComponent` leaves, although they are reserved in a URL (RFC 3986, section 2.2). */
const RESERVED = /[!'()*]/g;

/** A value as text in a header, or before it is encoded for a URL. Strings, numbers and booleans only. */
export function serializeText(value: unknown): string {
  return String(value);
}

/** A value as a part of a path or a query. */
function encodeText(value: unknown): string {
  return encodeURIComponent(serializeText(value)).replace(
    RESERVED,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** A path with its parameters (style `simple`). One without a value stays as it is. */
export function serializePath(path: string, values: Readonly<Record<string, unknown>>): string {
  return path.replace(/\{([^}]+)\}/g, (parameter, name: string) =>
    values[name] === undefined ? parameter : encodeText(values[name]),
  );
}

/**
 * A query without its question mark (style `form`); empty without values. Each item of an array is a parameter of its
 * own, unless its name is one of `commaSeparated`. An empty array is left out, like an undefined value.
 */
export function serializeQuery(
  values: Readonly<Record<string, unknown>>,
  commaSeparated: readonly string[] = [],
): string {
  return Object.entries(values)
    .flatMap(([name, value]) => {
      const items = [value].flat().filter((item) => item !== undefined && item !== null);
      if (items.length === 0) return [];
      const texts = items.map(encodeText);
      return (commaSeparated.includes(name) ? [texts.join(',')] : texts).map((text) => `${encodeText(name)}=${text}`);
    })
    .join('&');
}

/** The names of the arrays in a query, by how they are written. */
export interface QueryLists {
  /** Arrays whose items are parameters of their own. */
  readonly repeated: readonly string[];
  /** Arrays whose items are separated by commas. A comma within an item is percent-encoded. */
  readonly commaSeparated: readonly string[];
  /** Those of `commaSeparated` whose items contain no commas: a percent-encoded comma separates items, too. */
  readonly withoutCommas: readonly string[];
}

/**
 * The arrays in a query, by name; those that are missing are left out. `repeated` are the names of arrays that should
 * have been sent once, and came several times.
 */
export function parseLists(
  query: string,
  lists: QueryLists,
): { values: Record<string, string[]>; repeated: readonly string[] } {
  const values: Record<string, string[]> = {};
  const repeated = new Set<string>();
  for (const pair of query.split('&')) {
    const [name = '', value = ''] = pair.split(/=(.*)/s, 2);
    const key = decode(name);
    const known = values[key];
    if (lists.repeated.includes(key)) values[key] = [...(known ?? []), decode(value)];
    if (!lists.commaSeparated.includes(key)) continue;
    if (known) repeated.add(key);
    const text = lists.withoutCommas.includes(key) ? value.replace(/%2C/gi, ',') : value;
    values[key] = text === '' ? [] : text.split(',').map(decode);
  }
  return { values, repeated: [...repeated] };
}

/** Decodes form encoding; text that is not percent-encoded UTF-8 does not change. */
function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
