// `migrate`: brings the schema of the database up to date, which every other command does too.
import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { describeStore } from '../store/open.ts';
import { withStore } from './options.ts';
import type { Surroundings } from './program.ts';

export function addMigrate(program: Command, { environment, stdout }: Surroundings): void {
  program
    .command('migrate')
    .description('create the database, or bring its schema up to date, and do nothing else')
    .action(async () => {
      const config = readConfig(environment);
      await withStore(config, async (store) => store.check());
      stdout.write(`${describeStore(config)} is up to date.\n`);
    });
}
