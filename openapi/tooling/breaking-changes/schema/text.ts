// Values as text: to compare them, and to show them.

/** The value as text, without what only describes. */
export function bare(value: unknown): string {
  return JSON.stringify(value, (key, each) =>
    /^(description|title|summary|examples?|\$comment|x-.*)$/.test(key) ? undefined : each,
  );
}

export function show(values: readonly unknown[]): string {
  return [...new Set(values.map((value) => `\`${JSON.stringify(value)}\``))].join(' or ');
}
