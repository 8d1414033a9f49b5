// `backup` and `restore`: copies of a SQLite database, complete and verified.
import type { Command } from 'commander';
import { type Config, readConfig } from '../config.ts';
import type { DatabaseCopy } from '../store/sqlite/copy-database.ts';
import { CommandError } from './command-error.ts';
import type { CliContext } from './context.ts';

export function addBackupCommands(program: Command, { environment, stdout }: CliContext): void {
  program
    .command('backup')
    .description('copy the SQLite database to a new file, while servers use it, and verify the copy')
    .argument('<file>', 'the new file')
    .option('--json', 'print one JSON object')
    .action(async (file: string, options: { json?: true }) => {
      const { databasePath } = requireFile(readConfig(environment), 'pg_dump --format=custom');
      stdout.write(describe('Backed up', databasePath, file, await copy(databasePath, file), options));
    });
  program
    .command('restore')
    .description('create the SQLite database from a backup, which is verified first')
    .argument('<file>', 'the backup')
    .option('--json', 'print one JSON object')
    .action(async (file: string, options: { json?: true }) => {
      const { databasePath } = requireFile(readConfig(environment), 'pg_restore');
      stdout.write(describe('Restored', file, databasePath, await copy(file, databasePath), options));
    });
}

/** @throws CommandError for PostgreSQL */
function requireFile(config: Config, instead: string): Config {
  if (config.databaseUrl === undefined) return config;
  throw new CommandError(`This command is for SQLite. For PostgreSQL use \`${instead}\`.`);
}

async function copy(from: string, to: string): Promise<DatabaseCopy> {
  // Loaded only here: the other commands start faster without it.
  const { copyDatabase } = await import('../store/sqlite/copy-database.ts');
  return copyDatabase(from, to);
}

function describe(verb: string, from: string, to: string, counts: DatabaseCopy, { json }: { json?: true }): string {
  if (json) return `${JSON.stringify({ from, to, ...counts })}\n`;
  const number = (count: number) => count.toLocaleString('en');
  return (
    `${verb} ${from} to ${to}: ${number(counts.accounts)} accounts, ${number(counts.customers)} customers, ` +
    `${number(counts.organizations)} organizations. Verified.\n`
  );
}
