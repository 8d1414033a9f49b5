// Writes values as text, to compare or to show them.

/** The value as text, which is the same for equal values, whatever the order of their properties. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each) => sortProperties(each));
}

/** The canonical text without keywords that only describe. */
export function bare(value: unknown): string {
  return JSON.stringify(value, (key, each) =>
    /^(description|title|summary|examples?|\$comment|x-.*)$/.test(key) ? undefined : sortProperties(each),
  );
}

export function show(values: readonly unknown[]): string {
  return [...new Set(values.map((value) => `\`${JSON.stringify(value)}\``))].join(' or ');
}

function sortProperties(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
