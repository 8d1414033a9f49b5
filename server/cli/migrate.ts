// `migrate`: brings the schema of the database up to date, which every other command does too.
import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { describeStore, migrateStore } from '../store/open.ts';
import type { Surroundings } from './program.ts';

export function addMigrate(program: Command, { environment, stdout }: Surroundings): void {
  program
    .command('migrate')
    .description('create the database, or bring its schema up to date, and do nothing else')
    .action(async () => {
      const config = readConfig(environment);
      for (const name of await migrateStore(config)) stdout.write(`applied ${name}\n`);
      stdout.write(`${describeStore(config)} is up to date.\n`);
    });
}
