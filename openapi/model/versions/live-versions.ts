// The versions of the API that clients can ask for: those released in openapi/versions/, and the contract itself.
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Contract } from '../contract.ts';
import { ContractError } from '../contract-error.ts';
import { isCalendarDate } from './deprecation.ts';

/** The contract of a version, as it was released. */
export interface ReleasedVersion {
  /** Its name: the day of its release, such as `2024-07-30`. */
  version: string;
  /** The path of its file. */
  path: string;
}

const FILE = /^(\d{4}-\d\d-\d\d)\.yaml$/;

/** What was released of a contract and is still live, oldest first: the files in `versions/` beside it. */
export async function findReleased(contractPath: string): Promise<ReleasedVersion[]> {
  const folder = join(dirname(contractPath), 'versions');
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.sort().flatMap((name) => {
    const version = FILE.exec(name)?.[1];
    return version === undefined ? [] : [{ version, path: join(folder, name) }];
  });
}

/** The last release, if there is one: what clients of the newest version rely on. */
export async function findLastRelease(contractPath: string): Promise<ReleasedVersion | undefined> {
  return (await findReleased(contractPath)).at(-1);
}

/**
 * All live versions of a contract, oldest first; the last one is the contract itself. Without files of releases, they
 * are what the contract says.
 *
 * @throws ContractError when the contract lists others, or a version is no calendar date
 */
export async function readLiveVersions(contractPath: string, contract: Contract): Promise<string[]> {
  const listed = (contract.components?.schemas?.ApiVersion?.enum ?? []).map(String);
  const released = (await findReleased(contractPath)).map(({ version }) => version);
  const newest = contract.info.version;
  // A contract without releases may name its versions in another way.
  if (released.length > 0 || (listed.includes(newest) && /^\d{4}-\d/.test(newest))) {
    refuseOtherThanDate(newest, '/info/version');
    for (const version of listed) refuseOtherThanDate(version, '/components/schemas/ApiVersion/enum');
    for (const version of released) refuseOtherThanDate(version, '', `the name of versions/${version}.yaml`);
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
function refuseOtherThanDate(version: string, pointer: string, place = 'the version'): void {
  if (isCalendarDate(version)) return;
  throw new ContractError(
    `A version is named by the day of its release, but "${version}" is no date. ` +
      `Write ${place} as a date such as "2026-01-31".`,
    { pointer },
  );
}
