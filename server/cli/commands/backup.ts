// `backup` and `restore`: copies of a SQLite database, complete and verified.
import { type Command, InvalidArgumentError } from 'commander';
import { type Config, readConfig } from '../../config.ts';
import type { CopyKind, DatabaseCopy } from '../../store/sqlite/file/copy/copy-database.ts';
import { pathViolation } from '../../store/sqlite/file/path-violation.ts';
import { countOf } from '../../text/count-of.ts';
import { CommandError } from '../command-error.ts';
import type { CliContext } from '../context.ts';

export function addBackupCommands(program: Command, { environment, stdout, stderr }: CliContext): void {
  const copy = (from: string, to: string, kind: CopyKind) => copyUnlessStopped(from, to, kind, stderr);
  program
    .command('backup')
    .description('copy the SQLite database to a new file, while servers use it, and verify the copy')
    .argument('<file>', 'the new file', parseFile)
    .option('--json', 'print one JSON object')
    .action(async (file: string, options: { json?: true }) => {
      const { databasePath } = requireFile(readConfig(environment), 'pg_dump --format=custom');
      stdout.write(describe('Backed up', databasePath, file, await copy(databasePath, file, 'backup'), options));
    });
  program
    .command('restore')
    .description('create the SQLite database from a backup, which is verified first')
    .argument('<file>', 'the backup', parseFile)
    .option('--json', 'print one JSON object')
    .action(async (file: string, options: { json?: true }) => {
      const { databasePath } = requireFile(readConfig(environment), 'pg_restore');
      stdout.write(describe('Restored', file, databasePath, await copy(file, databasePath, 'restore'), options));
    });
}

/** Returns the settings of a SQLite store. @throws CommandError for PostgreSQL */
function requireFile(config: Config, instead: string): Config {
  if (config.databaseUrl === undefined) return config;
  throw new CommandError(`This command is for SQLite. For PostgreSQL use \`${instead}\`.`);
}

/** Validates the path of a file. @throws InvalidArgumentError */
function parseFile(path: string): string {
  const violation = pathViolation(path);
  if (violation !== undefined) throw new InvalidArgumentError(`It ${violation}.`);
  return path;
}

async function copyUnlessStopped(
  from: string,
  to: string,
  kind: CopyKind,
  stderr: CliContext['stderr'],
): Promise<DatabaseCopy> {
  // Loaded on demand, so that other commands start faster.
  const { copyInThread } = await import('../../store/sqlite/file/copy/copy-in-thread.ts');
  return copyInThread(from, to, kind, (signal) => stderr.write(`Stopped by ${signal}; ${to} was not created.\n`));
}

function describe(verb: string, from: string, to: string, counts: DatabaseCopy, { json }: { json?: true }): string {
  if (json) return `${JSON.stringify({ from, to, ...counts })}\n`;
  const { accounts, customers, organizations } = counts;
  const contents = [
    countOf(accounts, 'account'),
    countOf(customers, 'customer'),
    countOf(organizations, 'organization'),
  ];
  return `${verb} ${from} to ${to}: ${contents.join(', ')}. Verified.\n`;
}
