// `serve`: runs the server.
import type { Command } from 'commander';
import { readConfig } from '../../config.ts';
import type { CliContext } from '../context.ts';
import { describeSettings } from './config.ts';

export function addServeCommand(program: Command, { environment }: CliContext): void {
  program
    .command('serve')
    .description('run the server until SIGTERM or Ctrl-C')
    .option('--no-migrate', 'exit with 1 when the schema is older, instead of updating it')
    .option('--json', 'log JSON lines on a terminal too')
    .addHelpText('after', describeSettings())
    .action(async ({ migrate, json }: { migrate: boolean; json?: true }) => {
      const config = readConfig(environment);
      // Loaded on demand, so that other commands start faster.
      const { serve } = await import('../../serve.ts');
      await serve({ ...config, migrate, json: json ?? false });
    });
}
