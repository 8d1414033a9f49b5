// Checks that the modules are those of the live versions. Types check it too, but a server may start without that
// check.
import type { VersionChange } from './version-change.ts';

/**
 * Returns the problem of the list of modules; undefined if it has one for each live version but the first, in order.
 *
 * @param live oldest first
 */
export function findListProblem(live: readonly string[], changes: readonly VersionChange[]): string | undefined {
  const needed = live.slice(1);
  const listed = changes.map(({ version }) => version);
  if (String(needed) === String(listed)) return undefined;
  return (
    'server/versions/index.ts: `versionChanges` must list ' +
    (needed.length > 0 ? `the modules of ${needed.join(', ')}, oldest first` : 'no module, since no version is older') +
    `. It lists ${listed.length > 0 ? listed.join(', ') : 'none'}.`
  );
}
