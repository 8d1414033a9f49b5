// Options that several commands have, and how their values are parsed.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { nameViolation, typedNameViolation } from '../text/name-rule.ts';
import { UUID } from '../text/uuid.ts';

/**
 * Creates `--account NAME` for an existing account. It is not mandatory for the parser, which would report a misspelled
 * option as a missing one: use `requireAccount`.
 */
export function accountOption(description: string): Option {
  return new Option('-a, --account <name>', description);
}

/** Creates `--account NAME` for an account that may be created, so the rule for names applies. */
export function newAccountOption(description: string): Option {
  return accountOption(description).argParser((name) => {
    const violation = nameViolation(name);
    if (violation !== undefined) throw new InvalidArgumentError(violation);
    return name;
  });
}

/** Adds a command for one record of an account, with the argument `ID` and the options `--account` and `--json`. */
export function addForOne(parent: Command, name: string, description: string, accountText: string): Command {
  return parent
    .command(name)
    .description(description)
    .argument('<id>', 'its ID', parseId)
    .addOption(accountOption(accountText))
    .option('--json', 'print one JSON object');
}

/** Returns the UUID in lower case. @throws InvalidArgumentError */
function parseId(text: string): string {
  if (!UUID.test(text)) throw new InvalidArgumentError('It must be a UUID.');
  return text.toLowerCase();
}

/** Returns the account name. @throws CommanderError when the option is missing */
export function requireAccount({ account }: { account?: string }, command: Command): string {
  if (account === undefined) command.error("error: required option '-a, --account <name>' not specified");
  return account;
}

/** Parses an ISO 8601 date (midnight UTC) or a date with time and time zone. @throws InvalidArgumentError */
export function parseDate(text: string): Date {
  const [, day] = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/i.exec(text) ?? [];
  const date = new Date(text);
  // The built-in parser reads 2026-02-30 as the 2nd of March.
  const exists = day !== undefined && new Date(`${day}T00:00Z`).toJSON()?.startsWith(day);
  if (!exists || Number.isNaN(date.getTime()))
    throw new InvalidArgumentError('Use a date such as 2026-11-23 (UTC), or 2026-11-23T15:04:05Z.');
  return date;
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const MAX_DAYS = 3650;

/** Parses a duration such as 24h to milliseconds. @throws InvalidArgumentError */
export function parseDuration(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text === '0' ? '0s' : text) ?? [];
  const durationMs = Number(count) * (UNITS[unit] ?? Number.NaN);
  if (count === '' || !(durationMs <= MAX_DAYS * 86_400_000))
    throw new InvalidArgumentError(`Use a number of s, m, h or d, such as 24h or 90d, at most ${MAX_DAYS}d.`);
  return durationMs;
}

function toDate(durationMs: number | undefined): Date | undefined {
  return durationMs === undefined ? undefined : new Date(Date.now() + durationMs);
}

function tryParse<Value>(text: string, parse: (text: string) => Value): Value | undefined {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof InvalidArgumentError) return undefined;
    throw error;
  }
}

/** Parses a date in the future, or a duration from now. @throws InvalidArgumentError */
export function parseDateOrDuration(text: string): Date {
  const date = tryParse(text, parseDate) ?? toDate(tryParse(text, parseDuration));
  if (date === undefined)
    throw new InvalidArgumentError(
      'Use a date such as 2026-11-23 (UTC) or 2026-11-23T15:04:05Z, or a time from now such as 24h or 90d, ' +
        `at most ${MAX_DAYS}d.`,
    );
  if (date.getTime() <= Date.now()) throw new InvalidArgumentError('It must be in the future.');
  return date;
}

/** Validates a label by the rule for typed names. @throws InvalidArgumentError */
export function parseLabel(text: string): string {
  const violation = typedNameViolation(text, 'label');
  if (violation !== undefined) throw new InvalidArgumentError(violation);
  return text;
}
