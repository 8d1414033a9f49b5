// `migrate`: creates or updates the schema of the database, or reports whether that is necessary.
import type { Command } from 'commander';
import { readConfig } from '../../config.ts';
import { describeStore, migrateStore, readSchemaState } from '../../store/open.ts';
import { escapeInvisible } from '../../text/invisible.ts';
import { CommandError } from '../command-error.ts';
import type { CliContext } from '../context.ts';

export function addMigrateCommand(program: Command, { environment, stdout }: CliContext): void {
  program
    .command('migrate')
    .description('create the database or update its schema, and do nothing else')
    .option('--check', 'change nothing; exit with 1 when a migration is missing')
    .option('--json', 'print one JSON object')
    .action(async ({ check, json }: { check?: true; json?: true }) => {
      const config = readConfig(environment);
      const name = escapeInvisible(describeStore(config));
      if (check) {
        const { version, known, missing } = await readSchemaState(config);
        if (json) stdout.write(`${JSON.stringify({ database: name, version, known, missing })}\n`);
        if (missing.length > 0)
          throw new CommandError(`${name} lacks ${missing.join(', ')}. \`migrate\` applies them.`);
        const newer = version > known ? ` Its schema is newer (${version}; this version knows ${known}).` : '';
        if (!json) stdout.write(`${name} is up to date.${newer}\n`);
        return;
      }
      const applied = await migrateStore(config);
      if (json) {
        stdout.write(`${JSON.stringify({ database: name, applied })}\n`);
        return;
      }
      for (const each of applied) stdout.write(`Applied ${each}.\n`);
      stdout.write(`${name} is up to date.\n`);
    });
}
