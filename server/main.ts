// The program of this package: the server and its commands. `--help` lists them.
import { run } from './cli/program.ts';

// A closed pipe, as in `| head`, is no error. It may be reported after the last write.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`Cannot write to standard output: ${error.message}.\n`);
  process.exit(1);
});

const { env: environment, stdout, stderr } = process;
process.exitCode = await run(process.argv.slice(2), { environment, stdout, stderr });
