// `npm run generate` writes generated/ from openapi.yaml; `npm run generate -- --check` only reports stale files.
import { mkdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCommand } from '../command.ts';
import { ContractError } from '../model/contract-error.ts';
import { readContract } from '../model/read-contract.ts';
import { replaceFile } from '../replace-file.ts';
import { generateFiles } from './generate-files.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CONTRACT = join(ROOT, 'openapi/openapi.yaml');

const { check } = createCommand('generate', 'Write generated/ from openapi/openapi.yaml.')
  .option('--check', 'write nothing; exit with 1 if a file is not what the contract generates', false)
  .parse()
  .opts<{ check: boolean }>();

process.exitCode = await generate().catch((error: unknown) => {
  if (!(error instanceof ContractError)) throw error;
  console.error(error.message);
  return 1;
});

async function generate(): Promise<number> {
  const files = await generateFiles(await readContract(relative(process.cwd(), CONTRACT)));
  const stale = await findStale(files);
  if (check && stale.length > 0) {
    console.error(`Stale: ${stale.join(', ')}.\nRun \`npm run generate\` and commit the result.`);
    return 1;
  }
  if (check) return 0;
  await mkdir(join(ROOT, 'generated'), { recursive: true });
  for (const path of stale) await replaceFile(join(ROOT, path), files.get(path) ?? '');
  console.log(stale.length > 0 ? `Wrote ${stale.join(', ')}.` : 'generated/ is up to date.');
  return 0;
}

/** The files whose text is not the generated one, by their path from the root. */
async function findStale(files: Map<string, string>): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, text] of files) {
    const current = await readFile(join(ROOT, path), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    if (current !== text) stale.push(path);
  }
  return stale;
}
