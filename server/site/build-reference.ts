// Builds the reference site in the repository: when the page is first requested after `npm ci`, and again after each
// change of the contract.
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { IN_REPOSITORY } from '../../openapi/command/command-name.ts';

const CONTRACT = new URL('../../openapi/openapi.yaml', import.meta.url);
/** The folder with the contracts of older versions. */
const VERSIONS = new URL('../../openapi/versions/', import.meta.url);
const BUILD = fileURLToPath(new URL('../../openapi/reference/build/main.ts', import.meta.url));

/** Whether `npm run dev` builds the site at each save, so that the server need not. */
const IS_BUILT_BY_DEV = process.env.REFERENCE_BUILD === 'dev';

let building: Promise<void> | undefined;
/** The modification time of a contract that could not be built. */
let failedMs: number | undefined;

/**
 * Resolves when the site is as new as the contracts, or when it could not be built, which is tried and reported only
 * once for each state of the contracts. `list` is the file that the build writes last.
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

/** Runs the build in a process of its own, since it takes seconds of CPU time. Resolves with whether it succeeded. */
async function runBuild(): Promise<boolean> {
  // Loaded on demand, because servers rarely need it.
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, [BUILD], { stdio: ['ignore', 'ignore', 'inherit'] });
  // A server that exits does not wait for the build.
  child.unref();
  // Requests have priority over the build.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const [code] = await once(child, 'close');
  return code === 0;
}

/** Returns the time of the last change of a contract, removals included; undefined if there is no contract. */
async function contractsWrittenAt(): Promise<number | undefined> {
  const older = await readdir(VERSIONS).catch((): string[] => []);
  const files = [CONTRACT, VERSIONS, ...older.map((name) => new URL(name, VERSIONS))];
  const times = (await Promise.all(files.map(writtenAt))).filter((time) => time !== undefined);
  return times.length > 0 ? Math.max(...times) : undefined;
}

/** Returns the modification time of a file, or undefined if it does not exist. */
async function writtenAt(path: URL | string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}
