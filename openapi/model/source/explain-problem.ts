// Rewords the problems that Redocly finds as a reason and a remedy, both whole sentences.

/** The start of a message of Redocly, and its replacement. */
const EXPLANATIONS: [RegExp, (...groups: string[]) => string][] = [
  [/^The field `(.+)` must be present on this level/, (name) => `\`${name}\` is missing here. Write it.`],
  [/^The field `(.+)` is not allowed here/, (name) => `\`${name}\` is not allowed here. Remove it.`],
  [
    /^Must contain at least one of the following fields: (.+?)\.?$/,
    (names) => `One of these is missing here: ${names}. Write one of them.`,
  ],
  [
    /^Property `(.*)` is not expected here/s,
    (name) => `\`${name}\` is no field of OpenAPI here. Remove it, or let its name begin with \`x-\`.`,
  ],
  [
    /^Expected type `(.+)` \((object|array)\) but got `(.+)`/,
    (_, expected, found) => `${kind(expected)} is expected here, but this is ${kind(found).toLowerCase()}. ${CORRECT}`,
  ],
  [
    /^Expected type `(.+)` but got `(.+)`/,
    (expected, found) =>
      `${kind(expected)} is expected here, but this is ${kind(found).toLowerCase()}. ` +
      `${expected === 'string' && QUOTABLE.includes(found ?? '') ? 'Write it in quotes.' : CORRECT}`,
  ],
  [
    /^`(.+)` can be one of the following only: (.+?)\.?$/s,
    (name, values) => `\`${name}\` must be one of: ${values}. Write one of them.`,
  ],
  [
    /^The value of the (\w+) field must be greater than or equal to (.+)$/,
    (name, least) => `\`${name}\` must be at least ${least}. ${CORRECT}`,
  ],
  [/^Can't resolve \$ref: (.+)$/s, (reason) => `The reference leads nowhere: ${sentence(reason)}`],
  [/^Can't resolve \$ref/, () => 'The reference leads nowhere. Correct it, or write its target.'],
];

/** Types of values that become strings when quoted. */
const QUOTABLE = ['number', 'integer', 'boolean'];

const CORRECT = 'Correct the value.';

/** `suggestions` are names that may have been meant. */
export function explainProblem(message: string, suggestions: readonly string[] = []): string {
  const [found] = EXPLANATIONS.flatMap(([pattern, explain]) => {
    const match = pattern.exec(message);
    return match ? [explain(...match.slice(1))] : [];
  });
  const meant = suggestions.length > 0 ? ` Did you mean ${suggestions.map((name) => `\`${name}\``).join(' or ')}?` : '';
  const text = found ?? `${sentence(message)} Correct the document.`;
  return `${text}${meant}`;
}

/** Writes a problem on one line, even if it quotes names with line breaks. */
export function toOneLine(problem: string): string {
  return problem.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => JSON.stringify(character).slice(1, -1));
}

function sentence(text: string): string {
  return text.trim().replace(/\.?$/, '.');
}

function kind(type = ''): string {
  const names: Record<string, string> = {
    ...{ object: 'An object', array: 'A list', string: 'A text', number: 'A number', integer: 'An integer' },
    ...{ boolean: 'True or false', null: 'Null', undefined: 'Nothing' },
  };
  return names[type] ?? `A value of the type \`${type}\``;
}
