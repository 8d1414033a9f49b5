// `npm run fuzz`: random connections against server, mock, or anything at a URL.
import { run } from './program.ts';
import { EXIT } from './settings.ts';

// A defect of this program must not be mistaken for one of its target. Node itself would exit with 1.
process.on('uncaughtException', (error) => {
  console.error(error);
  process.exit(EXIT.notRun);
});

process.exitCode = await run(process.argv.slice(2), process);
