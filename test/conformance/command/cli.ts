// The conformance command: tests any implementation, in any language, against the contract.
import { contract } from '../../../generated/contract.ts';
import { olderContracts } from '../../../generated/versions.ts';
import { IN_REPOSITORY } from '../../../openapi/command/command-name.ts';
import type { Contract } from '../../../openapi/model/contract.ts';
import { ContractError } from '../../../openapi/model/contract-error.ts';
import { EXIT } from './exit.ts';
import { run } from './program.ts';

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

const [file, args] = takeContract(process.argv.slice(2));
const tested =
  file === undefined ? { contract, older: olderContracts } : { contract: await loadOther(file), older: [] };
process.exitCode = await run(tested, args, process, process.env);

/** Reads the option of the contract first, because other arguments depend on it. */
function takeContract(argv: string[]): [file: string | undefined, others: string[]] {
  const at = argv.findIndex((each) => each === '--contract' || each.startsWith('--contract='));
  if (at === -1) return [undefined, argv];
  const [name = '', file] = (argv[at] ?? '').split(/=(.*)/s);
  return [file ?? argv[at + 1], argv.toSpliced(at, argv[at] === name ? 2 : 1)];
}

/** Loads the reader of contract files. Only the repository has it, so bundlers must not resolve it. */
async function loadOther(file: string): Promise<Contract> {
  if (!IN_REPOSITORY) {
    console.error('The option --contract works in the repository of this project only.');
    process.exit(EXIT.incomplete);
  }
  try {
    const { loadOtherContract } = await import(
      new URL('../../../openapi/tooling/other-contract.ts', import.meta.url).href
    );
    return (await loadOtherContract(file)).contract;
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    console.error(error.message);
    process.exit(EXIT.incomplete);
  }
}
