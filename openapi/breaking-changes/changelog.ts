// Writes the changes between two contracts as a list in Markdown, for the changelog and the site.
import type { Change } from './schema/change.ts';

const KINDS = [
  ['Breaks clients', ({ effect }: Change) => effect === 'breaking'],
  ['Adds', ({ addition }: Change) => addition],
  ['Changes', ({ effect, addition }: Change) => effect === 'compatible' && !addition],
] as const;

/** One line for each change, breaking changes first. If there is none, only the documentation differs. */
export function writeChanges(changes: readonly Change[]): string {
  const lines = KINDS.flatMap(([kind, belongs]) =>
    changes.filter(belongs).map(({ message, pointer }) => `- ${kind}: ${message} (\`${pointer}\`)`),
  );
  return lines.length > 0 ? lines.join('\n') : '- Documentation.';
}
