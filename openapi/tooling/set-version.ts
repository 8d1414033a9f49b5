// Sets the version of all packages: in each package.json, and in the lockfile.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The root comes last, because its version marks the release as complete. */
const MANIFESTS = ['server', 'mock', 'test/conformance', '.'];

interface Lockfile {
  version: string;
  packages: Record<string, { version?: string }>;
}

interface NewVersion {
  writes: { path: string; text: string }[];
  /** Why this cannot be the next version. */
  problem?: string;
}

/** The files of the repository in this folder, with the new version. */
export async function setVersion(root: string, version: string): Promise<NewVersion> {
  const read = (path: string) => readFile(join(root, path), 'utf8');
  const current: string = JSON.parse(await read('package.json')).version;
  if (compare(version, current) <= 0)
    return { writes: [], problem: `${version} is not a version after ${current}, which the packages have.` };

  const manifests = MANIFESTS.map(async (folder) => {
    const path = join(folder, 'package.json');
    return { path, text: write({ ...JSON.parse(await read(path)), version }) };
  });
  const lock: Lockfile = JSON.parse(await read('package-lock.json'));
  lock.version = version;
  for (const folder of MANIFESTS) {
    const entry = lock.packages[folder === '.' ? '' : folder];
    if (entry) entry.version = version;
  }
  const writes = [{ path: 'package-lock.json', text: write(lock) }, ...(await Promise.all(manifests))];
  return { writes: writes.map(({ path, text }) => ({ path: join(root, path), text })) };
}

const write = (value: object) => `${JSON.stringify(value, null, 2)}\n`;

/** Negative when `a` comes before `b`. A pre-release comes before its version. */
function compare(a: string, b: string): number {
  const [coreA = '', ...preA] = a.split('-');
  const [coreB = '', ...preB] = b.split('-');
  const core = coreA.localeCompare(coreB, 'en', { numeric: true });
  if (core !== 0) return core;
  if (preA.length === 0 || preB.length === 0) return preB.length - preA.length;
  return preA.join('-').localeCompare(preB.join('-'), 'en', { numeric: true });
}
