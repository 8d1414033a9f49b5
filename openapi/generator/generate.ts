// `npm run generate` writes generated/ from openapi.yaml; `npm run generate -- --check` only reports stale files.
import { mkdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createCommand } from '../command.ts';
import { CONTRACT_OPTION, contractPaths, ROOT } from '../contract-paths.ts';
import { ContractError } from '../model/contract-error.ts';
import { loadContract } from '../model/load-contract.ts';
import { replaceFile } from '../replace-file.ts';
import { generateFiles } from './generate-files.ts';

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
  const files = await generateFiles(await loadContract(document), generated);
  const stale = await findStale(files);
  const names = stale.map((name) => relative(ROOT, join(generated, name))).join(', ');
  if (check && stale.length > 0) {
    console.error(`Stale: ${names}.\nRun \`npm run generate\` and commit the result.`);
    return 1;
  }
  if (check) return 0;
  await mkdir(generated, { recursive: true });
  for (const name of stale) await replaceFile(join(generated, name), files.get(name) ?? '');
  console.log(stale.length > 0 ? `Wrote ${names}.` : `${relative(ROOT, generated)}/ is up to date.`);
  return 0;
}

/** The names of the files whose text is not the generated one. */
async function findStale(files: Map<string, string>): Promise<string[]> {
  const stale: string[] = [];
  for (const [name, text] of files) {
    const current = await readFile(join(generated, name), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    if (current !== text) stale.push(name);
  }
  return stale;
}
