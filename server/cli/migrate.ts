// `migrate`: creates or updates the schema of the database, which every other command does as well.
import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { describeStore, migrateStore } from '../store/open.ts';
import type { CliContext } from './context.ts';

export function addMigrateCommand(program: Command, { environment, stdout }: CliContext): void {
  program
    .command('migrate')
    .description('create the database or update its schema, and do nothing else')
    .action(async () => {
      const config = readConfig(environment);
      for (const name of await migrateStore(config)) stdout.write(`Applied ${name}.\n`);
      stdout.write(`${describeStore(config)} is up to date.\n`);
    });
}
