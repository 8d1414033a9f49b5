// `serve`: runs the server.
import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import type { Surroundings } from './program.ts';

export function addServe(program: Command, { environment }: Surroundings): void {
  program
    .command('serve')
    .description('run the server until SIGTERM or Ctrl-C')
    .action(async () => {
      const config = readConfig(environment);
      // The other commands start faster without what only the server needs.
      const { serve } = await import('../serve.ts');
      await serve(config);
    });
}
