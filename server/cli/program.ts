// The command line: what all commands share. Each group of commands is a file beside this one.
import type { Writable } from 'node:stream';
import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { SourceError } from '../import/invalid-file-error.ts';
import { StartupError } from '../startup-error.ts';
import { StoreNotUsable, StoreUnavailable } from '../store/store.ts';
import { escapeLines } from '../text/invisible.ts';
import { CommandFailed } from './command-error.ts';
import { addCustomers } from './customers.ts';
import { addKeys } from './keys.ts';
import { addMigrate } from './migrate.ts';
import { addOrganizations } from './organizations.ts';
import { addServe } from './serve.ts';

/** What a command works with besides its arguments. */
export interface Surroundings {
  environment: Record<string, string | undefined>;
  /** Results, for people and pipes. */
  stdout: Writable;
  /** Errors, progress, and remarks that are not part of the result. */
  stderr: Writable & { isTTY?: boolean };
}

/**
 * Runs one command: `argv` is what follows the name of the program. Resolves with the exit code: 0, 1 (failed) or 2 (wrong use). `serve` resolves
 * when the server listens. Rejects when there is a fault in this program.
 */
export async function run(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const program = createProgram(surroundings);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.code === 'commander.unknownCommand') {
      const meant = findElsewhere(program, argv).filter((name) => !error.message.includes(name));
      if (meant.length > 0) surroundings.stderr.write(`(Did you mean ${meant.join(', ')}?)\n`);
    }
    // It has printed what it has to say. Help that was asked for is no error; help because the command is missing is.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const message = explain(error);
    if (message === undefined) throw error;
    surroundings.stderr.write(`${escapeLines(message)}\n`);
    return 1;
  }
}

/** Commander looks for a word that is spelled almost like an unknown one, in its place. This finds it at another place, and what it is short for. */
function findElsewhere(program: Command, argv: readonly string[]): string[] {
  const namesOf = (command: Command) => [command.name(), ...command.aliases()];
  const find = (parent: Command, word: string) => parent.commands.find((each) => namesOf(each).includes(word));
  let place = program;
  for (const word of argv.filter((each) => !each.startsWith('-'))) {
    const next = find(place, word);
    if (next) {
      place = next;
      continue;
    }
    const longer = place.commands.map((each) => each.name()).filter((name) => name.startsWith(word));
    if (longer.length > 0) return longer;
    return program.commands.filter((group) => find(group, word)).map((group) => `${group.name()} ${word}`);
  }
  return [];
}

/** Their messages are written for the person who runs the command. */
const TOLD = [CommandFailed, SourceError, StartupError, StoreNotUsable];

function explain(error: unknown): string | undefined {
  if (TOLD.some((kind) => error instanceof kind)) return String((error as Error).message); // All of them are errors.
  if (error instanceof StoreUnavailable) return `${error.message} Nothing was changed; try again.`;
  return undefined;
}

function createProgram(surroundings: Surroundings): Command {
  // Commands that are made from here on inherit these settings.
  const program = new Command('server')
    .description('Serves POST /customer-organizations, and looks after what it keeps.')
    .version(packageJson.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => surroundings.stdout.write(text),
      // It repeats words of the command line.
      writeErr: (text) => surroundings.stderr.write(escapeLines(text)),
    })
    .showHelpAfterError('(--help lists what there is)')
    .addHelpText('after', `\n${SETTINGS}`);
  addServe(program, surroundings);
  addKeys(program, surroundings);
  addCustomers(program, surroundings);
  addOrganizations(program, surroundings);
  addMigrate(program, surroundings);
  return program;
}

const SETTINGS =
  'Settings come from the environment: DATABASE_PATH (SQLite) or DATABASE_URL (PostgreSQL) says which database all commands use. They may run while the server does.';
