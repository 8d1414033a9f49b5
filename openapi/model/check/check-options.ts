// Validates options at run time by a table, for callers without types. It is kept small, as a part of the client.

/** The end of "The `port` option must be ...", and whether a value is valid. */
export interface Rule {
  readonly expected: string;
  readonly isValid: (value: unknown) => boolean;
  /** The value may be a secret, so no message quotes it. */
  readonly isSecret?: boolean;
}

/** The rule of each option. `undefined` counts as a missing option. */
export type Rules = Readonly<Record<string, Rule>>;

/** @throws TypeError for options that are no object, an unknown option, or a value that its rule does not allow */
export function checkOptions(options: unknown, rules: Rules): void {
  if (!isRecord(options)) throw new TypeError(`The options must be an object, not ${describeValue(options)}.`);
  const known = Object.keys(rules);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new TypeError(`There is no option ${describeValue(unknown)}. Known here: ${known.join(', ')}.`);
  for (const [name, rule] of Object.entries(rules)) {
    if (options[name] !== undefined) checkValue(`\`${name}\` option`, options[name], rule);
  }
}

/** `subject` names the value in the message: "The `port` option must be ...". @throws TypeError */
export function checkValue(subject: string, value: unknown, { expected, isValid, isSecret }: Rule): void {
  if (isValid(value)) return;
  const found = isSecret && typeof value === 'string' ? 'that text' : describeValue(value);
  throw new TypeError(`The ${subject} must be ${expected}, not ${found}.`);
}

/** The value as messages quote it, in at most 60 characters. Unlike JSON it knows NaN, Infinity and functions. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shorten(value, 60));
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Promise) return 'a promise: await it';
  // A plain object has no class to name.
  if (isRecord(value))
    return `an object of type ${{}.toString.call(value).slice(8, -1)}`.replace(' of type Object', '');
  return String(value);
}

/** The text in at most this many characters, and a sign that there were more. */
export function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/** Any object but a list and a function. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const BOOLEAN: Rule = { expected: 'true or false', isValid: (value) => typeof value === 'boolean' };
export const FUNCTION: Rule = { expected: 'a function', isValid: (value) => typeof value === 'function' };

/** A number within both limits. */
export function numberFrom(least: number, most: number): Rule {
  // Formats without `Intl`, whose first call would take 10 ms of processor time at each start of client, server and
  // mock.
  const limit = String(most).replace(/\B(?=(...)+$)/g, ',');
  return {
    expected: `from ${least} to ${limit}`,
    isValid: (value) => typeof value === 'number' && least <= value && value <= most,
  };
}

/** An integer within both limits. */
export function integerFrom(least: number, most: number): Rule {
  const { expected, isValid } = numberFrom(least, most);
  return { expected: `an integer ${expected}`, isValid: (value) => Number.isInteger(value) && isValid(value) };
}
