// `npm run generate` writes generated/ from openapi.yaml; `npm run generate -- --check` only says whether it is up to date.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { generateFiles } from './generated-files.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** One JSON file with every reference to other files resolved. Redocly reports a broken contract with line and column. */
async function bundle(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'contract-'));
  try {
    const output = join(folder, 'openapi.json');
    const redocly = join(ROOT, 'node_modules/@redocly/cli/bin/cli.js');
    await promisify(execFile)(process.execPath, [redocly, 'bundle', 'openapi/openapi.yaml', '--output', output], {
      cwd: ROOT,
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    });
    return `${JSON.stringify(JSON.parse(await readFile(output, 'utf8')), null, 2)}\n`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Replaces a file whole: a reader sees the old text or the new one, never a half. */
async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, text);
  await rename(draft, path);
}

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const fresh = await bundle()
  .then(generateFiles)
  .catch((error: Error & { stderr?: string }) => {
    console.error(error.stderr?.trim() || error.message);
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
