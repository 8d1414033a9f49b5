// Messages about wrong usage. Commander finds similar spellings; this finds options that mean the same.

/** The options to use here, such as `--user ID:SECRET`, by the names of options of other programs without hyphens. */
export type Meanings = (option: string) => string | undefined;

const UNKNOWN_OPTION = /^error: unknown option '(-{1,2})([^'=]*)(?:=[^']*)?'/;
/** Commander's message about an argument that is no option. */
const INVALID_ARGUMENT = /^error: command-argument value ('[\s\S]*') is invalid for argument '([\w-]+)'\./;

/** Finds options of a command for `-check` and `--check=false`, for which commander suggests none. */
type Options = readonly { long?: string | undefined; required: boolean; optional: boolean }[];

/** Completes a message of commander. A known meaning takes precedence over a similar spelling. */
export function explainUsage(text: string, meaningOf: Meanings = () => undefined, options: Options = []): string {
  const named = text.replace(INVALID_ARGUMENT, (_, value, name) => `error: ${value} is not valid as <${name}>.`);
  const [line, , option] = UNKNOWN_OPTION.exec(named) ?? [];
  if (line === undefined || option === undefined) return named;
  const meaning = meaningOf(option.toLowerCase());
  if (meaning !== undefined) return `${line}\n(Use ${meaning})\n`;
  const exact = options.find(({ long }) => long === `--${option}`);
  if (!exact) return named;
  return `${line}\n(Did you mean ${exact.long}?${exact.required || exact.optional ? '' : ' It takes no value.'})\n`;
}

/** Looks up several options for each meaning: `{ '--user ID:SECRET': 'username auth credentials' }`. */
export function lookUp(table: Readonly<Record<string, string>>): Meanings {
  return (option) => Object.keys(table).find((meaning) => table[meaning]?.split(' ').includes(option));
}
