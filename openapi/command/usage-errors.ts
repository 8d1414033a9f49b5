// Messages about wrong usage. Commander finds similar spellings; this finds options that mean the same.

/** For options of other programs, without hyphens: what to use here instead, such as `--user ID:SECRET`. */
export type Meanings = (option: string) => string | undefined;

const UNKNOWN_OPTION = /^error: unknown option '(-{1,2})([^'=]*)(?:=[^']*)?'/;
/** Commander's words for an argument that is no option. */
const INVALID_ARGUMENT = /^error: command-argument value ('[\s\S]*') is invalid for argument '([\w-]+)'\./;

/** Options of a command: commander suggests none of them for `-check` and `--check=false`. */
type Options = readonly { long?: string | undefined; required: boolean; optional: boolean }[];

/** Completes a message of commander. A meaning that is known is better than a similar spelling. */
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
