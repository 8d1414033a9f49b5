// `npm run conformance -- URL`: tests any implementation, in any language, against the contract.
import { contract } from '../../generated/contract.ts';
import { run } from './program.ts';
import { EXIT } from './settings.ts';

// A closed pipe, as in `| head`, is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`Cannot write the output: ${error.message}.\n`);
  process.exit(EXIT.incomplete);
});

// An error in this program must not be reported as a violation: by default Node.js exits with 1.
process.on('uncaughtException', (error) => {
  console.error(error);
  process.exit(EXIT.incomplete);
});

process.exitCode = await run(contract, process.argv.slice(2), process);
