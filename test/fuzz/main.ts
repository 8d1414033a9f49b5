// `npm run fuzz`: random connections against server, mock, or anything at a URL.
import { run } from './program.ts';
import { EXIT } from './settings.ts';

// A defect of this program must not be mistaken for one of its target. Node itself would exit with 1.
process.on('uncaughtException', (error) => {
  console.error(error);
  process.exit(EXIT.notRun);
});

// The targets are ended with the run, and what was found until then is reported.
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(`by ${signal}`));
process.stderr.on('error', () => stop.abort('because nobody reads its output'));
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  stop.abort('because nobody reads its output');
  if (error.code === 'EPIPE') return;
  process.stderr.write(`Cannot write the output: ${error.message}.\n`);
  process.exit(EXIT.notRun);
});

process.exitCode = await run(process.argv.slice(2), process, stop.signal);
