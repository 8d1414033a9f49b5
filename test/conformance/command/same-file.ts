// Finds files that a run would overwrite.
import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** An option, and the file that it names, if it was given. */
export type NamedFile = readonly [option: string, path: string | undefined];

/** The first file of `written` that is also another one of these, or of `read`, with both options. */
export function findSameFile(written: readonly NamedFile[], read: readonly NamedFile[]): string | undefined {
  const files = [...written, ...read].flatMap(([option, path]) => (path === undefined ? [] : [{ option, path }]));
  for (const [index, file] of files.entries()) {
    const isWritten = written.some(([option]) => option === file.option);
    const other = isWritten && files.slice(index + 1).find(({ path }) => isSame(path, file.path));
    if (other) return `${file.option} and ${other.option} name the same file, ${file.path}`;
  }
  return undefined;
}

function isSame(one: string, other: string): boolean {
  if (locate(one) === locate(other)) return true;
  const [left, right] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false, bigint: true }));
  return left !== undefined && left.ino === right?.ino && left.dev === right.dev;
}

/** Resolves symbolic links: of the file, or of its folder if it does not exist yet. */
function locate(path: string): string {
  const absolute = resolve(path);
  for (const [folder, name] of [[absolute], [dirname(absolute), basename(absolute)]])
    try {
      return join(realpathSync(folder ?? ''), name ?? '');
    } catch {
      // There is no such file.
    }
  return absolute;
}
