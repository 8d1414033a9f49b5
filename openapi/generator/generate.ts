// `npm run generate` writes generated/ from openapi.yaml; `npm run generate -- --check` only reports stale files.
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { createCommand } from '../command.ts';
import { CONTRACT_OPTION, contractPaths, ROOT } from '../contract-paths.ts';
import { ContractError } from '../model/contract-error.ts';
import { loadContract } from '../model/load-contract.ts';
import { loadOlderContracts } from '../model/versions/load-older-contracts.ts';
import type { OlderContract } from '../model/versions/older-contract.ts';
import { replaceFile } from '../replace-file.ts';
import { generateFiles, VERSIONS_FOLDER } from './generate-files.ts';

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
  const newest = await loadContract(document);
  const older = await loadOlderContracts(document, newest);
  const files = await generateFiles(newest, generated, older);
  const retired = await findRetired(older);
  const stale = await findStale(files);
  if (check && stale.length + retired.length > 0) {
    console.error(`Stale: ${describeNames([...stale, ...retired])}.\nRun \`npm run generate\` and commit the result.`);
    return 1;
  }
  if (check) return 0;
  for (const name of stale) {
    const path = join(generated, name);
    await mkdir(dirname(path), { recursive: true });
    await replaceFile(path, files.get(name) ?? '');
  }
  for (const name of retired) await rm(join(generated, name), { recursive: true });
  if (stale.length > 0) console.log(`Wrote ${describeNames(stale)}.`);
  if (retired.length > 0) console.log(`Removed ${describeNames(retired)}.`);
  if (stale.length + retired.length === 0) console.log(`${relative(ROOT, generated)}/ is up to date.`);
  return 0;
}

function describeNames(names: readonly string[]): string {
  return names.map((name) => relative(ROOT, join(generated, name))).join(', ');
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

/** The folders of versions that are not live any more. */
async function findRetired(older: readonly OlderContract[]): Promise<string[]> {
  const names = await readdir(join(generated, VERSIONS_FOLDER)).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => older.every(({ version }) => version !== name))
    .map((name) => join(VERSIONS_FOLDER, name));
}
