// Compares the lists of live versions.

import type { ChangeList } from '../schema/change.ts';
import { VERSIONS } from '../schema/comparison.ts';
import type { Place } from '../schema/place.ts';

/** Clients name a live version, and get responses in it. Those of the others do not see a new one. */
export function compareVersions(
  changes: ChangeList,
  { before, after }: { before: Place; after: Place },
  retired: readonly string[] = [],
): void {
  const keys = VERSIONS.slice(1).split('/');
  const [old, place] = [before.at(...keys, 'enum'), after.at(...keys, 'enum')];
  const [was, is] = [old, place].map((each) => (Array.isArray(each?.value) ? each.value.map(String) : []));
  for (const version of was?.filter((each) => !is?.includes(each)) ?? []) {
    const message = `The version ${version} is no longer live`;
    if (retired.includes(version))
      changes.compatible({ place: place ?? after, message: `${message}, as was announced.` });
    else
      changes.breaking({
        place: place ?? after,
        message: `${message}: clients that name it are rejected.`,
        remedy: 'Keep it, or remove it once the day of its announced sunset is over.',
      });
  }
  for (const version of old ? (is?.filter((each) => !was?.includes(each)) ?? []) : [])
    changes.added({ place: place ?? after, message: `The version ${version} is new.` });
}
