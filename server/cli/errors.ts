// Converts errors of commands to messages, or to JSON with `--json`.
import { explainRemovedFolder } from '../../openapi/command/explain-removed-folder.ts';
import { SourceError } from '../import/source-error.ts';
import { SettingsError, type SettingViolation } from '../settings-error.ts';
import { StartupError } from '../startup-error.ts';
import { GRANT_ADVICE, StoreOpenError, StoreUnavailableError } from '../store/store-errors.ts';
import { escapeArguments } from '../text/invisible.ts';
import { CommandError } from './command-error.ts';
import type { CliContext } from './context.ts';
import { jsonLine } from './json-line.ts';

/** An error as `--json` prints it. */
export interface DescribedError {
  /** The kind of error. `unconfirmed` means that it is not known whether the change was made. */
  type: 'usage' | 'settings' | 'failure' | 'unconfirmed';
  message: string;
  /** The violations, for invalid settings. */
  errors?: readonly SettingViolation[];
}

/** The errors whose messages are meant for the user. */
const USER_ERRORS = [CommandError, SourceError, StartupError, StoreOpenError];

/** Describes an error for the user. Returns undefined for a defect of this program. */
export function describeError(error: unknown): DescribedError | undefined {
  if (error instanceof StoreUnavailableError)
    return { type: error.mayBeStored ? 'unconfirmed' : 'failure', message: `${error.message}${adviceOf(error)}` };
  if (error instanceof SettingsError) return { type: 'settings', message: error.message, errors: error.violations };
  const removed = explainRemovedFolder(error);
  if (removed !== undefined) return { type: 'failure', message: removed };
  if (!(error instanceof Error) || !USER_ERRORS.some((each) => error instanceof each)) return undefined;
  const isUnconfirmed = error instanceof StoreOpenError && error.mayBeStored;
  return { type: isUnconfirmed ? 'unconfirmed' : 'failure', message: error.message };
}

function adviceOf({ kind, mayBeStored }: StoreUnavailableError): string {
  if (mayBeStored) return UNCERTAIN;
  if (kind === 'damaged') return '';
  if (kind === 'denied') return ` Nothing was changed. ${GRANT_ADVICE}.`;
  if (kind === 'schema') return ' Nothing was changed.';
  if (kind === 'full') return ' Nothing was changed. Free some space, and try again.';
  return ' Nothing was changed; try again.';
}

const UNCERTAIN =
  ' The change may have been made, or be made later, as when the standby is back. `events export` lists it once it ' +
  'was made: look there before you try again.';

/** Returns whether the arguments contain `--json`, even if they are invalid otherwise. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end === -1 ? undefined : end).includes('--json');
}

/** Joins the lines that commander prints about wrong usage. */
export function describeUsage(lines: readonly string[]): string {
  return lines
    .join('')
    .trim()
    .replace(/^error: /, '');
}

/** Prints the error as one line of JSON on standard error. */
export function printError(error: DescribedError, argv: readonly string[], { stderr }: CliContext): void {
  const message = escapeArguments(error.message, argv);
  stderr.write(jsonLine({ error: { ...error, message } }));
}
