// `npm run conformance -- URL`: holds any implementation, in any language, to the contract.
import { contract } from '../../generated/contract.ts';
import { run } from './program.ts';
import { EXIT } from './settings.ts';

// A closed pipe, as in `| head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`The output cannot be written: ${error.message}.\n`);
  process.exit(EXIT.notRun);
});

// A fault of this program must not pass for one of the implementation: Node itself would exit with 1.
process.on('uncaughtException', (error) => {
  console.error(error);
  process.exit(EXIT.notRun);
});

process.exitCode = await run(contract, process.argv.slice(2), process);
