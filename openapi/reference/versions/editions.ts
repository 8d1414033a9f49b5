// The live versions on the site: the newest at its root, each older one in a folder of its own.
import { dirname, join } from 'node:path';
import { type Contract, operationsOf } from '../../model/contract.ts';
import type { LiveContracts } from '../../model/load/load-live-contracts.ts';

/** One version in the site. */
export interface Edition {
  version: string;
  contract: Contract;
  /** The path of its document. */
  document: string;
  /** Its folder in the site, with a slash at the end: `versions/2024-07-30/`; empty for the newest version. */
  folder: string;
}

/** The versions of a site, newest first. */
export function editionsOf({ document, newest, older }: LiveContracts): Edition[] {
  const others = older.map(({ version, contract }) => ({
    version,
    contract,
    document: join(dirname(document), 'versions', `${version}.yaml`),
    folder: `versions/${version}/`,
  }));
  return [{ version: newest.info.version, contract: newest, document, folder: '' }, ...others.reverse()];
}

/** A copy whose samples send its own version, even if the example in the contract names another one. */
export function withOwnVersion(contract: Contract): Contract {
  const { version } = contract.info;
  const isLive = contract.components.schemas.ApiVersion?.enum?.includes(version);
  if (!isLive) return contract;
  const copy = structuredClone(contract);
  for (const { parameters } of operationsOf(copy))
    for (const each of parameters) if (each.name === 'Sequence-Version') each.example = version;
  return copy;
}

/** A page of the site that links to others. All links are relative, so that they work below any path. */
export interface PagePlace {
  /** All versions, newest first. A site with one has no menu and no changelog. */
  editions: readonly Edition[];
  /** The version of the page; undefined for the changelog. */
  current: Edition | undefined;
  /** Whether a server responds to the path of a folder. A page in a file has to link to the file. */
  isServed: boolean;
}

/** The relative path from a page to the root of the site. */
export function rootFrom(current: Pick<Edition, 'folder'> | undefined): string {
  return '../'.repeat((current?.folder.match(/\//g) ?? []).length);
}

/** The link to the page of a version. */
export function linkTo({ current, isServed }: PagePlace, { folder }: Edition): string {
  const path = rootFrom(current) + folder + (isServed ? '' : 'index.html');
  return path === '' ? './' : path;
}

/** The link to the changelog, at the changes of a version if one is given. */
export function linkToChangelog({ current }: Pick<PagePlace, 'current'>, version?: string): string {
  return `${rootFrom(current)}changelog.html${version === undefined ? '' : `#${version}`}`;
}
