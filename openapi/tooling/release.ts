// `npm run release` records the contract as the last released one, and its changes in CHANGELOG.md.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, promisify } from 'node:util';
import { parse } from 'yaml';
import { createCommand } from '../command.ts';
import type { Contract } from '../model/contract.ts';
import { readContractText } from '../model/read-contract.ts';
import { replaceFile } from '../replace-file.ts';
import { type Change, explainUnannounced, findChanges, findUnannounced } from './breaking-changes.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CURRENT = join(ROOT, 'openapi/openapi.yaml');
const RELEASED = join(ROOT, 'openapi/released.yaml');
const CHANGELOG = join(ROOT, 'CHANGELOG.md');

createCommand('release', 'Record openapi.yaml as released: in openapi/released.yaml and CHANGELOG.md.').parse();

/** Messages of changes to properties that only people read. */
const DOCUMENTATION = /^`(description|summary|title|example|examples|x-\w+)` /;

process.exitCode = await release();

async function release(): Promise<number> {
  const text = await readContractText(CURRENT);
  // A contract in several files is bundled into another text each time that it is written otherwise.
  if (isDeepStrictEqual(parse(text), parse(await readFile(RELEASED, 'utf8')))) {
    console.log('The contract has not changed since the last release.');
    return 0;
  }
  const stale = await findStale();
  if (stale !== undefined) return refuse(stale);
  const changes = await findChanges(RELEASED, CURRENT);
  const unannounced = await findUnannounced(changes, RELEASED, CURRENT);
  if (unannounced.length > 0) return refuse(explainUnannounced(unannounced));

  const contract: Contract = parse(text);
  const newest = contract.components.schemas.ApiVersion?.enum?.map(String).sort().at(-1);
  if (newest !== undefined && newest !== contract.info.version)
    return refuse(`info.version is ${contract.info.version}. Set it to the newest Sequence-Version, ${newest}.`);
  const entry = writeEntry(contract, changes, new Date());
  const changelog = await readFile(CHANGELOG, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return '# Changelog\n';
  });
  // The changelog first: a run that is interrupted here is repeated, and finds its entry.
  if (!changelog.includes(entry)) await replaceFile(CHANGELOG, insertEntry(changelog, entry));
  await replaceFile(RELEASED, text);
  console.log(`Recorded in openapi/released.yaml and CHANGELOG.md:\n\n${entry}`);
  return 0;
}

function refuse(reason: string): number {
  console.error(`${reason}\nNothing was released.`);
  return 1;
}

/** The message of `npm run generate -- --check`; undefined when generated/ is up to date. */
async function findStale(): Promise<string | undefined> {
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
  const title = `## Contract ${contract.info.version}, released on ${now.toISOString().slice(0, 10)}`;
  return `${title}\n\n${[...new Set(lines), ...rest].join('\n')}\n`;
}

/** The newest entry comes first. */
function insertEntry(changelog: string, entry: string): string {
  const first = changelog.search(/^## /m);
  if (first < 0) return `${changelog.trimEnd()}\n\n${entry}`;
  return `${changelog.slice(0, first)}${entry}\n${changelog.slice(first)}`;
}
