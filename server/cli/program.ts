// The command line: parses the arguments, runs a command, and turns its errors into messages and exit codes.
import { Command, CommanderError } from 'commander';
import { commandName } from '../../openapi/command-name.ts';
import { explainUsage } from '../../openapi/usage-errors.ts';
import { version } from '../../openapi/version.ts';
import { SourceError } from '../import/source-error.ts';
import { StartupError } from '../startup-error.ts';
import { StoreOpenError, StoreUnavailableError } from '../store/store-errors.ts';
import { escapeArguments, escapeLines } from '../text/invisible.ts';
import { CommandError } from './command-error.ts';
import { addAccountsCommand } from './commands/accounts.ts';
import { addBackupCommands } from './commands/backup.ts';
import { addConfigCommand } from './commands/config.ts';
import { addCustomersCommand } from './commands/customers.ts';
import { addEventsCommand } from './commands/events.ts';
import { addKeysCommand } from './commands/keys.ts';
import { addMigrateCommand } from './commands/migrate.ts';
import { addOrganizationsCommand } from './commands/organizations.ts';
import { addServeCommand } from './commands/serve.ts';
import type { CliContext } from './context.ts';
import { meaningOf } from './meanings.ts';

/**
 * Runs one command; `argv` is what follows the name of the program. Resolves with the exit code: 0, 1 (failed), 2
 * (wrong usage) or 3 (not known whether a change was made). `serve` resolves when the server listens. Rejects on a defect of this program.
 */
export async function run(argv: readonly string[], context: CliContext): Promise<number> {
  const program = createProgram(context, argv);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.code === 'commander.unknownCommand') {
      const suggestions = suggestCommands(program, argv).filter((name) => !error.message.includes(name));
      if (suggestions.length > 0) context.stderr.write(`(Did you mean ${suggestions.join(', ')}?)\n`);
    }
    // Commander has printed its message. Its exit code is 0 for help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const message = messageOf(error);
    if (message === undefined) throw error;
    context.stderr.write(`${escapeLines(escapeArguments(message, argv))}\n`);
    return isUncertain(error) ? 3 : 1;
  }
}

/** Whether the change was sent, and nobody knows whether it was made. */
function isUncertain(error: unknown): boolean {
  return (error instanceof StoreUnavailableError || error instanceof StoreOpenError) && error.mayBeStored;
}

/**
 * Suggests commands for an unknown one. Commander itself suggests similar spellings in the same group; this finds
 * abbreviations, and commands of other groups.
 */
function suggestCommands(program: Command, argv: readonly string[]): string[] {
  const namesOf = (command: Command) => [command.name(), ...command.aliases()];
  const find = (parent: Command, word: string) => parent.commands.find((each) => namesOf(each).includes(word));
  let parent = program;
  for (const word of argv.filter((each) => !each.startsWith('-'))) {
    const next = find(parent, word);
    if (next) {
      parent = next;
      continue;
    }
    const longer = parent.commands.map((each) => each.name()).filter((name) => name.startsWith(word));
    if (longer.length > 0) return longer;
    return program.commands.filter((group) => find(group, word)).map((group) => `${group.name()} ${word}`);
  }
  return [];
}

/** Errors whose messages are written for the user. */
const USER_ERRORS = [CommandError, SourceError, StartupError, StoreOpenError];

function messageOf(error: unknown): string | undefined {
  if (error instanceof StoreUnavailableError) return `${error.message}${adviceOf(error)}`;
  return error instanceof Error && USER_ERRORS.some((each) => error instanceof each) ? error.message : undefined;
}

function adviceOf({ kind, mayBeStored }: StoreUnavailableError): string {
  if (mayBeStored) return UNCERTAIN;
  if (kind === 'damaged') return '';
  if (kind === 'denied') return ' Nothing was changed. Grant the role SELECT, INSERT, UPDATE and DELETE on the tables.';
  if (kind === 'schema') return ' Nothing was changed.';
  if (kind === 'full') return ' Nothing was changed. Free some space, and try again.';
  return ' Nothing was changed; try again.';
}

const UNCERTAIN =
  ' The change may have been made, or be made later, as when the standby is back. `events export` lists it once it ' +
  'was made: look there before you try again.';

function createProgram(context: CliContext, argv: readonly string[]): Command {
  // Commands that are added from here on inherit these settings.
  const program = new Command(commandName('server'))
    .description('Serves POST /customer-organizations, and manages its keys, customers and organizations.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      outputError: (text, write) => write(explainUsage(text, meaningOf)),
      // Error messages quote the command line.
      writeErr: (text) => context.stderr.write(escapeLines(escapeArguments(text, argv))),
    })
    .showHelpAfterError('(--help lists commands and options)')
    .addHelpText('after', `\n${SETTINGS}`);
  addServeCommand(program, context);
  addConfigCommand(program, context);
  addAccountsCommand(program, context);
  addKeysCommand(program, context);
  addCustomersCommand(program, context);
  addOrganizationsCommand(program, context);
  addEventsCommand(program, context);
  addMigrateCommand(program, context);
  addBackupCommands(program, context);
  return program;
}

const SETTINGS =
  'Settings are environment variables. DATABASE_PATH (SQLite) or DATABASE_URL (PostgreSQL) names the database of all ' +
  'commands, which may run while the server does; `serve --help` lists all settings. ' +
  'Exit codes: 0 success, 1 failure, nothing was changed; 2 wrong usage; 3 the change was sent but not confirmed, so ' +
  'it may have been made.';
