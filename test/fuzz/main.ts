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
for (const stream of [process.stdout, process.stderr])
  stream.on('error', () => stop.abort('because its output cannot be written, as behind `| head`'));

process.exitCode = await run(process.argv.slice(2), process, stop.signal);
