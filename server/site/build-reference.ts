// Builds the reference site in the repository: the first time that the page is requested after `npm ci`, and when the
// contract has changed since.
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { IN_REPOSITORY } from '../../openapi/command-name.ts';

const CONTRACT = new URL('../../openapi/openapi.yaml', import.meta.url);
/** The contracts of older versions. */
const VERSIONS = new URL('../../openapi/versions/', import.meta.url);
const BUILD = fileURLToPath(new URL('../../openapi/reference/build/main.ts', import.meta.url));

/** Set by `npm run dev`, which builds the site itself, at each save. */
const IS_BUILT_BY_DEV = process.env.REFERENCE_BUILD === 'dev';

let building: Promise<void> | undefined;
/** When the contract was written that could not be built. */
let failedMs: number | undefined;

/**
 * Resolves when the site is as new as the contracts, or could not be built, which is tried and printed once. `list` is
 * a file that the build writes last.
 */
export async function buildReference(list: string): Promise<void> {
  if (!IN_REPOSITORY || IS_BUILT_BY_DEV) return;
  const [contractMs, builtMs] = await Promise.all([contractsWrittenAt(), writtenAt(list)]);
  if (contractMs === undefined || contractMs === failedMs || (builtMs !== undefined && builtMs >= contractMs)) return;
  building ??= runBuild().then((isBuilt) => {
    building = undefined;
    if (!isBuilt) failedMs = contractMs;
  });
  await building;
}

/** In a process of its own, since it takes seconds of CPU time. It prints its errors. Resolves with its success. */
async function runBuild(): Promise<boolean> {
  // Servers seldom need it.
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, [BUILD], { stdio: ['ignore', 'ignore', 'inherit'] });
  // A server that ends does not wait for it.
  child.unref();
  // Requests come first.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const [code] = await once(child, 'close');
  return code === 0;
}

/** The last change of a contract, which may be the removal of one. Undefined when there is none. */
async function contractsWrittenAt(): Promise<number | undefined> {
  const older = await readdir(VERSIONS).catch((): string[] => []);
  const files = [CONTRACT, VERSIONS, ...older.map((name) => new URL(name, VERSIONS))];
  const times = (await Promise.all(files.map(writtenAt))).filter((time) => time !== undefined);
  return times.length > 0 ? Math.max(...times) : undefined;
}

/** Undefined when there is no such file. */
async function writtenAt(path: URL | string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}
