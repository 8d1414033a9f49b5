// `migrate`: creates or updates the schema of the database, or reports whether it has to be.
import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import { describeStore, migrateStore, readSchemaState } from '../store/open.ts';
import { escapeInvisible } from '../text/invisible.ts';
import { CommandError } from './command-error.ts';
import type { CliContext } from './context.ts';

export function addMigrateCommand(program: Command, { environment, stdout }: CliContext): void {
  program
    .command('migrate')
    .description('create the database or update its schema, and do nothing else')
    .option('--check', 'change nothing; exit with 1 when a migration is missing')
    .action(async ({ check }: { check?: true }) => {
      const config = readConfig(environment);
      const name = escapeInvisible(describeStore(config));
      if (check) {
        const { version, known, missing } = await readSchemaState(config);
        if (missing.length > 0)
          throw new CommandError(`${name} lacks ${missing.join(', ')}. \`migrate\` applies them.`);
        const newer = version > known ? ` Its schema is newer (${version}; this version knows ${known}).` : '';
        stdout.write(`${name} is up to date.${newer}\n`);
        return;
      }
      for (const applied of await migrateStore(config)) stdout.write(`Applied ${applied}.\n`);
      stdout.write(`${name} is up to date.\n`);
    });
}
