// The changelog of the site: how each live version differs from the one before, according to the gate.

import { compareContracts } from '../../breaking-changes/compare/compare-contracts.ts';
import type { Change } from '../../breaking-changes/schema/change.ts';
import { type Contract, operationsOf } from '../../model/contract.ts';
import { decodeSegment } from '../../model/json-pointer.ts';
import { bundleContract } from '../../model/load/read-contract.ts';
import { usersOf } from './component-users.ts';
import type { Edition } from './editions.ts';

/** The changes of one version. */
export interface ChangelogEntry {
  edition: Edition;
  /** The version before; undefined for the oldest live version. */
  previous?: Edition;
  /** The operations that have changes. */
  groups: { title: string; changes: { message: string; place: string }[] }[];
}

/** An entry for each version, newest first. Contracts are compared as they are written, before they are completed. */
export async function readChangelog(editions: readonly Edition[]): Promise<ChangelogEntry[]> {
  const bundled = await Promise.all(editions.map(({ document }) => bundleContract(document)));
  return editions.map((edition, index) => {
    const [previous, after, before] = [editions[index + 1], bundled[index], bundled[index + 1]];
    if (!previous || !after || !before) return { edition, groups: [] };
    return { edition, previous, groups: groupChanges(compareContracts(before, after), [after, before]) };
  });
}

const GROUPS = [
  ['Breaking changes', ({ effect }: Change) => effect === 'breaking'],
  ['Additions', ({ addition }: Change) => addition],
  ['Other changes', ({ effect, addition }: Change) => effect === 'compatible' && !addition],
] as const;

/** The place of the new version itself, which every entry names already. */
const VERSIONS = '/components/schemas/ApiVersion/enum';

/** `contracts` are the two that were compared, the newer one first. */
export function groupChanges(changes: readonly Change[], contracts: readonly Contract[]): ChangelogEntry['groups'] {
  const listed = changes.filter(({ pointer, addition }) => !(addition && pointer === VERSIONS));
  return GROUPS.map(([title, belongs]) => ({
    title,
    changes: listed.filter(belongs).map(({ message, pointer }) => {
      const place = namePlace(contracts, pointer);
      // The message reads like "`GET /things` is new."
      return { message, place: message.includes(place) ? '' : place };
    }),
  })).filter(({ changes: found }) => found.length > 0);
}

/** The operations that a change belongs to; empty for what belongs to none, such as a limit. */
function namePlace(contracts: readonly Contract[], pointer: string): string {
  const [section, first = '', second = ''] = pointer.split('/').slice(1).map(decodeSegment);
  if (section === 'paths') return `${second.toUpperCase()} ${first}`.trim();
  if (section !== 'components') return '';
  const reference = `#${pointer.split('/').slice(0, 4).join('/')}`;
  for (const contract of contracts) {
    const users = usersOf(contract, reference);
    if (users.length === operationsOf(contract).length && users.length > 1) return 'all operations';
    if (users.length > 0) return users.join(', ');
  }
  return '';
}
