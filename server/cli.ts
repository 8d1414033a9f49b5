// The program of this package: serves, and looks after keys, customers and organizations. `--help` tells of each command.
import { run } from './cli/program.ts';

// A closed pipe, as in `| head`, also tells of itself after the last write.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const { env: environment, stdout, stderr } = process;
process.exitCode = await run(process.argv.slice(2), { environment, stdout, stderr });
