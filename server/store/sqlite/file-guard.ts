// Notices that the files of an open database were deleted or replaced. SQLite goes on writing into files without a name, which are gone when it closes them.
import { type BigIntStats, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StoreUnavailable } from '../store.ts';
import { MEMORY } from './open.ts';

/** A clock of a file system ticks at least this often: NTFS, APFS and ext4 far more often, FAT every 2 s. */
const TICK_MS = 2000;

/**
 * Remembers which files the open database has. The function that it gives throws `StoreUnavailable` while another file, or none, is in the place of one
 * of them. It costs a few microseconds. `now`: milliseconds since 1970-01-01 UTC.
 *
 * No file loses its name without its folder's being changed, so most often it is enough to look at the folder. To look at the log itself before each commit would make
 * the commit a third slower: Linux gives a file that was looked at another time of change with its next write (multigrain timestamps), which has to go to the disk too.
 */
export function watchFiles(path: string, now: () => number = Date.now): () => void {
  if (path === MEMORY) return () => undefined;
  // Where a link leads to: SQLite keeps the others beside it.
  const database = realpathSync(path);
  // The write-ahead log, and the index to it that processes share (https://www.sqlite.org/walformat.html).
  const files = [
    { file: database, advice: RESCUE },
    { file: `${database}-wal`, advice: END },
    { file: `${database}-shm`, advice: END },
  ].map((each) => ({ ...each, id: idOf(each.file) }));
  const folder = dirname(database);
  /** What the folder was like when all was in place; undefined while that does not prove it. */
  let known: string | undefined;
  return () => {
    const stats = statSync(folder, { bigint: true, throwIfNoEntry: false });
    const state = stats && stateOf(stats);
    if (known !== undefined && state === known) return;
    known = undefined;
    const lost = files.find(({ file, id }) => idOf(file) !== id);
    if (lost) throw new StoreUnavailable(`${lost.file} was deleted or replaced while it is open. ${lost.advice}`);
    // Within the same tick of the clock it may have been changed again, and look the same.
    if (stats && now() - Number(stats.ctimeMs) > TICK_MS) known = state;
  };
}

const RESCUE =
  'Nothing more is stored. Put it back. If it cannot be put back, do not end this process yet: on Linux the file and its -wal can still be copied from /proc/PID/fd.';
const END = 'Nothing more is stored. End this process with SIGTERM: that moves everything into the database.';

function idOf(file: string): string | undefined {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}

function stateOf({ dev, ino, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${mtimeNs}:${ctimeNs}`;
}
