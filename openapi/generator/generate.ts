// `npm run generate` writes generated/ from openapi.yaml; `npm run generate -- --check` only says whether it is up to date.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readContract } from '../model/read-contract.ts';
import { generateFiles } from './generate-files.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CONTRACT = join(ROOT, 'openapi/openapi.yaml');

/** Replaces a file whole: a reader sees the old text or the new one, never a half. */
async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, text);
  await rename(draft, path);
}

/** The text of every generated file, by its path. @throws Error that tells every mistake of the contract with line and column */
async function generate(): Promise<Map<string, string>> {
  const reading = await readContract(relative(process.cwd(), CONTRACT));
  if ('mistakes' in reading) throw new Error(reading.mistakes.join('\n'));
  return generateFiles(reading.bundled);
}

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const fresh = await generate().catch((error: Error) => {
  console.error(error.message);
  console.error('openapi/openapi.yaml cannot be generated from; generated/ is unchanged.');
  process.exit(1);
});
const stale: string[] = [];
for (const [path, text] of fresh) {
  const current = await readFile(join(ROOT, path), 'utf8').catch(() => undefined);
  if (current !== text) stale.push(path);
}
if (values.check && stale.length > 0) {
  console.error(`Not generated from the contract as it stands: ${stale.join(', ')}.`);
  console.error('Run `npm run generate` and commit what it writes.');
  process.exitCode = 1;
} else if (!values.check) {
  await mkdir(join(ROOT, 'generated'), { recursive: true });
  for (const path of stale) await replace(join(ROOT, path), fresh.get(path) ?? '');
  console.log(stale.length > 0 ? `Wrote ${stale.join(', ')}.` : 'generated/ is up to date.');
}
