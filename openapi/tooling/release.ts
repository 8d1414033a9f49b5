// `npm run release`: makes the contract as it stands the last released one, and tells what changed in CHANGELOG.md.
import { execFile } from 'node:child_process';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import type { Contract } from '../model/contract.ts';
import { type Change, explainUnannounced, findChanges, findUnannounced } from './breaking-changes.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CURRENT = join(ROOT, 'openapi/openapi.yaml');
const RELEASED = join(ROOT, 'openapi/released.yaml');
const CHANGELOG = join(ROOT, 'CHANGELOG.md');

async function release(): Promise<number> {
  const text = await readFile(CURRENT, 'utf8');
  if (text === (await readFile(RELEASED, 'utf8'))) {
    console.log('The contract has not changed since the last release.');
    return 0;
  }
  const stale = await checkGenerated();
  if (stale !== undefined) return refuse(stale);
  const changes = await findChanges(RELEASED, CURRENT);
  const unannounced = await findUnannounced(changes, RELEASED, CURRENT);
  if (unannounced.length > 0) return refuse(explainUnannounced(unannounced));

  const contract: Contract = parse(text);
  const newest = contract.components.schemas.ApiVersion?.enum?.map(String).sort().at(-1);
  if (newest !== undefined && newest !== contract.info.version)
    return refuse(
      `The newest Sequence-Version is ${newest}, but info.version is ${contract.info.version}. Let it be ${newest}.`,
    );
  const entry = writeEntry(contract, changes, new Date());
  const changelog = await readFile(CHANGELOG, 'utf8').catch(() => '# Changelog\n');
  // The changelog first: when only that was written, the next run finds its entry and does not write it twice.
  if (!changelog.includes(entry)) await replace(CHANGELOG, insertEntry(changelog, entry));
  await replace(RELEASED, text);
  console.log(`Recorded in openapi/released.yaml and CHANGELOG.md:\n\n${entry}`);
  return 0;
}

function refuse(reason: string): number {
  console.error(`${reason}\nNothing is released.`);
  return 1;
}

/** What is wrong with generated/, if it is not what the contract gives. */
async function checkGenerated(): Promise<string | undefined> {
  try {
    await promisify(execFile)(process.execPath, [join(ROOT, 'openapi/generator/generate.ts'), '--check'], {
      cwd: ROOT,
    });
    return undefined;
  } catch (error) {
    return error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
  }
}

function writeEntry(contract: Contract, changes: readonly Change[], now: Date): string {
  const kinds = { major: 'Breaks clients', minor: 'Adds', patch: 'Changes' } as const;
  const lines = changes
    .filter(({ impact, message }) => impact !== 'patch' || !DOCUMENTATION.test(message))
    .map(({ impact, message, pointer }) => `- ${kinds[impact]}: ${message} (\`${pointer}\`)`);
  const rest = changes.length > lines.length || lines.length === 0 ? ['- Documentation.'] : [];
  return `## Contract ${contract.info.version}, released on ${now.toISOString().slice(0, 10)}\n\n${[...new Set(lines), ...rest].join('\n')}\n`;
}

/** Properties that say nothing to a program. */
const DOCUMENTATION = /^`(description|summary|title|example|examples|x-\w+)` /;

/** In front of the first entry: the newest stands first. */
function insertEntry(changelog: string, entry: string): string {
  const first = changelog.search(/^## /m);
  if (first < 0) return `${changelog.trimEnd()}\n\n${entry}`;
  return `${changelog.slice(0, first)}${entry}\n${changelog.slice(first)}`;
}

/** Replaces a file whole: a reader sees the old text or the new one, never a half. */
async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, text);
  await rename(draft, path);
}

process.exitCode = await release();
