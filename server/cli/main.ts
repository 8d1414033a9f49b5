// The server and its commands. `--help` lists them.
import { isPrintingSecret } from './print-secret.ts';
import { run } from './program.ts';

// A closed pipe, as in `| head`, is not an error. It may be reported after the last write.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' || isPrintingSecret(process.stdout)) return;
  process.stderr.write(`Cannot write to standard output: ${error.message}. A change was made if it was asked for.\n`);
  process.exit(1);
});

const { env: environment, stdout, stderr } = process;
// The default command is `serve`, so that `npx customer-organizations-server` starts a server.
const [command = 'serve', ...rest] = process.argv.slice(2);
process.exitCode = await run([command, ...rest], { environment, stdout, stderr });
