// Lists the versions of the API that clients can ask for: those released in openapi/versions/, and the contract itself.
import type { Dirent } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { parse } from 'yaml';
import type { Contract } from '../contract.ts';
import { ContractError } from '../contract-error.ts';
import { isCalendarDate } from './deprecation.ts';

/** The contract of a version, as it was released. */
interface ReleasedVersion {
  /** Its name: the day of its release, such as `2024-07-30`. */
  version: string;
  /** The path of its file. */
  path: string;
}

const FILE = /^(\d{4}-\d\d-\d\d)\.yaml$/;

/** Notes, hidden files, and leftovers of editors and tools. */
const NO_CONTRACT = /^\.|~$|\.(md|txt|orig|rej|bak|swp|tmp)$/i;

/**
 * The released versions of a contract that are still live, oldest first: the files in `versions/` beside it.
 *
 * @throws ContractError when something else is in that folder: it would be taken for a live version
 */
export async function findReleased(contractPath: string): Promise<ReleasedVersion[]> {
  const folder = join(dirname(contractPath), 'versions');
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException): Dirent[] => {
    if (error.code === 'ENOENT') return [];
    throw new ContractError(`${relativeTo(folder)} cannot be read as the folder of released versions: ${error.code}.`);
  });
  const named = entries.filter(({ name }) => !NO_CONTRACT.test(name)).sort(byName);
  return named.map((entry) => {
    const version = FILE.exec(entry.name)?.[1];
    const path = join(folder, entry.name);
    if (version !== undefined && isCalendarDate(version) && !entry.isDirectory()) return { version, path };
    throw new ContractError(
      `${relativeTo(path)} is ${entry.isDirectory() ? 'a folder' : 'not named after a day'}, and released versions ` +
        'are files such as 2026-01-31.yaml. Rename it, or move it out of versions/.',
    );
  });
}

const byName = (one: Dirent, other: Dirent) => (one.name < other.name ? -1 : 1);

const relativeTo = (path: string) => relative(process.cwd(), path) || path;

/**
 * Checks that the files of released versions are what their names say. @throws ContractError with the first that is not
 */
export async function checkReleased(released: readonly ReleasedVersion[]): Promise<void> {
  for (const { version, path } of released) {
    const text = await readFile(path, 'utf8');
    if (text.trim() === '')
      throw new ContractError(`${path}:1:1 at #/: The file is empty. Restore it, or delete it to retire ${version}.`);
    let document: Partial<Contract> | undefined;
    try {
      document = parse(text);
    } catch (cause) {
      const [reason = ''] = String(cause instanceof Error ? cause.message : cause).split('\n');
      throw new ContractError(`${path}:1:1 at #/: The file cannot be read as YAML: ${reason}`, { cause });
    }
    if (document?.info?.version !== version)
      throw new ContractError(`${path}:1:1 at #/info/version: Write "${version}", as in the name of the file.`);
  }
}

/** The last release, if there is one: what clients of the newest version rely on. */
export async function findLastRelease(contractPath: string): Promise<ReleasedVersion | undefined> {
  return (await findReleased(contractPath)).at(-1);
}

/**
 * All live versions of a contract, oldest first; the last one is the contract itself. If there are no files of
 * releases, they are the versions that the contract lists.
 *
 * @throws ContractError when the contract lists others, or a version is no calendar date
 */
export async function readLiveVersions(contractPath: string, contract: Contract): Promise<string[]> {
  const listed = (contract.components?.schemas?.ApiVersion?.enum ?? []).map(String);
  const released = (await findReleased(contractPath)).map(({ version }) => version);
  const newest = contract.info.version;
  // A contract without releases may use other names for its versions.
  if (released.length > 0 || (listed.includes(newest) && /^\d{4}-\d/.test(newest))) {
    rejectOtherThanDate(newest, '/info/version');
    for (const version of listed) rejectOtherThanDate(version, '/components/schemas/ApiVersion/enum');
  }
  if (released.length === 0) return listed.sort();
  const live = [...new Set([...released, newest])].sort();
  if (live.at(-1) !== newest)
    throw new ContractError(
      `info.version is ${newest}, but versions/${live.at(-1)}.yaml was released. Write the newest version there.`,
      { pointer: '/info/version' },
    );
  if (String(listed) === String(live)) return live;
  const text = `enum: [${live.map((version) => `"${version}"`).join(', ')}]`;
  throw new ContractError(
    `The live versions are ${live.join(', ')}: info.version, and the files in versions/. ` +
      `Write \`${text}\`, oldest first, or correct info.version or the files.`,
    { pointer: '/components/schemas/ApiVersion/enum' },
  );
}

/** Versions are sorted as text, and responses have them in a header of `format: date`. */
function rejectOtherThanDate(version: string, pointer: string): void {
  if (isCalendarDate(version)) return;
  throw new ContractError(
    `A version is named by the day of its release, but "${version}" is no date. ` +
      `Write the version as a date such as "2026-01-31".`,
    { pointer },
  );
}
