// `npm run generate` writes generated/ from openapi.yaml; `npm run generate -- --check` only reports stale files.
import { createCommand } from '../command/command.ts';
import { CONTRACT_OPTION, contractPaths } from '../contract-paths.ts';
import { ContractError } from '../model/contract-error.ts';
import { loadLiveContracts } from '../model/load/load-live-contracts.ts';
import { describeOutdated, describeWritten, findOutdated, writeOutdated } from './write-generated.ts';

const { check, contract } = createCommand('generate', 'Write generated/ from openapi/openapi.yaml.')
  .option('--check', 'write nothing; exit with 1 if a file is not what the contract generates', false)
  .option(...CONTRACT_OPTION)
  .parse()
  .opts<{ check: boolean; contract?: string }>();

const { document, generated } = contractPaths(contract);

process.exitCode = await generate().catch((error: unknown) => {
  if (!(error instanceof ContractError)) throw error;
  console.error(error.message);
  return 1;
});

async function generate(): Promise<number> {
  const outdated = await findOutdated(await loadLiveContracts(document), generated);
  if (!check) {
    await writeOutdated(outdated, generated);
    console.log(describeWritten(outdated, generated));
    return 0;
  }
  const names = describeOutdated(outdated, generated);
  if (names === '') return 0;
  console.error(`Stale: ${names}.\nRun \`npm run generate\` and commit the result.`);
  return 1;
}
