// The command line: parses the arguments, runs a command, and reports its errors by messages and exit codes.
import { Command, CommanderError } from 'commander';
import { commandName } from '../../openapi/command/command-name.ts';
import { explainUsage } from '../../openapi/command/usage-errors.ts';
import { version } from '../../openapi/version.ts';
import { escapeArguments, escapeLines } from '../text/invisible.ts';
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
import { describeError, describeUsage, printError, wantsJson } from './errors.ts';
import { meaningOf } from './meanings.ts';

/**
 * Runs one command; `argv` are the arguments after the program name. Resolves with the exit code: 0, 1 (failure), 2
 * (wrong usage) or 3 (it is not known whether a change was made). `serve` resolves when the server listens. Rejects on
 * a defect of this program.
 */
export async function run(argv: readonly string[], context: CliContext): Promise<number> {
  const json = wantsJson(argv);
  // The messages of commander about wrong usage.
  const usage: string[] = [];
  const program = createProgram(context, argv, json ? usage : undefined);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) {
      // The exit code is 0 if help was requested.
      if (error.exitCode === 0) return 0;
      if (error.code === 'commander.unknownCommand') {
        const suggestions = suggestCommands(program, argv).filter((name) => !error.message.includes(name));
        if (suggestions.length > 0) usage.push(`(Did you mean ${suggestions.join(', ')}?)\n`);
      }
      if (json) printError({ type: 'usage', message: describeUsage(usage) }, argv, context);
      else context.stderr.write(usage.join(''));
      return 2;
    }
    const described = describeError(error);
    if (described === undefined) throw error;
    if (json) printError(described, argv, context);
    else context.stderr.write(`${escapeLines(escapeArguments(described.message, argv))}\n`);
    return described.type === 'unconfirmed' ? 3 : 1;
  }
}

/**
 * Suggests commands for an unknown one. Commander itself suggests similar spellings in the same group; this adds
 * abbreviations and commands of other groups.
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

/** Creates the program. `usage`, if set, collects messages about wrong usage, which are printed otherwise. */
function createProgram(context: CliContext, argv: readonly string[], usage: string[] | undefined): Command {
  // Commands that are added later inherit these settings.
  const program = new Command(commandName('server'))
    .description('Serves POST /customer-organizations, and manages its keys, customers and organizations.')
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      outputError: (text, write) => write(explainUsage(text, meaningOf)),
      // Error messages quote the command line, whose line breaks must not forge a line of output.
      writeErr: (text) => {
        if (usage) usage.push(text);
        else context.stderr.write(escapeLines(escapeArguments(text, argv)));
      },
    })
    .showHelpAfterError('(--help lists commands and options)')
    .addHelpText('after', `\n${HELP_FOOTER}`);
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

const HELP_FOOTER =
  'Settings are environment variables. DATABASE_PATH (SQLite) or DATABASE_URL (PostgreSQL) names the database of all ' +
  'commands, which may run while the server does; `serve --help` lists all settings. ' +
  'Exit codes: 0 success, 1 failure, nothing was changed; 2 wrong usage; 3 the change was sent but not confirmed, so ' +
  'it may have been made.';
