// The program of this package: serves, and looks after keys, customers and organizations. `--help` tells of each command.
import { run } from './cli/program.ts';

// A closed pipe, as in `| head`, is no failure, and may tell of itself after the last write.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`The output cannot be written: ${error.message}.\n`);
  process.exit(1);
});

const { env: environment, stdout, stderr } = process;
process.exitCode = await run(process.argv.slice(2), { environment, stdout, stderr });
