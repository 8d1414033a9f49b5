// Detects that a file of an open database was deleted or replaced. SQLite keeps writing to the unlinked file, which is
// lost when it is closed.
import { type BigIntStats, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StoreUnavailableError } from '../../../store-errors.ts';

/** The coarsest clock of a file system, that of FAT. NTFS, APFS and ext4 have finer clocks. */
const CLOCK_TICK_MS = 2000;

/**
 * Remembers the files of an open database. The returned function throws a `StoreUnavailableError` while one of them is
 * missing or replaced, and takes a few microseconds. `now` is in milliseconds since 1970-01-01 UTC.
 *
 * A file cannot lose its name without a change of its folder, so checking the folder is usually enough. Checking the
 * WAL before each commit would make the commit a third slower: after a `stat`, Linux gives the file a new ctime at its
 * next write (multigrain timestamps), which has to be flushed as well.
 */
export function guardFiles(path: string, now: () => number = Date.now): () => void {
  // SQLite keeps the other files beside the target of a link.
  const database = realpathSync(path);
  // The write-ahead log and its index in shared memory (https://www.sqlite.org/walformat.html) have to exist, too.
  const files = [
    { file: database, advice: DATABASE_ADVICE },
    { file: `${database}-wal`, advice: LOG_ADVICE },
    { file: `${database}-shm`, advice: LOG_ADVICE },
  ].map((each) => ({ ...each, inode: inodeOf(each.file) }));
  const folder = dirname(database);
  /** The state of the folder in which all files exist; undefined while no such state is certain. */
  let knownState: string | undefined;
  return () => {
    const stats = statSync(folder, { bigint: true, throwIfNoEntry: false });
    const state = stats && stateOf(stats);
    if (knownState !== undefined && state === knownState) return;
    knownState = undefined;
    const lost = files.find(({ file, inode }) => inodeOf(file) !== inode);
    if (lost)
      throw new StoreUnavailableError(`${lost.file} was deleted or replaced while it is open. ${lost.advice}`, {
        kind: 'file',
      });
    // Within a tick of the clock, the folder may change again without a new time.
    if (stats && now() - Number(stats.ctimeMs) > CLOCK_TICK_MS) knownState = state;
  };
}

const DATABASE_ADVICE =
  'Nothing more is stored. Put the file back. If you cannot, do not end this process yet: ' +
  'on Linux the file and its -wal can still be copied from /proc/PID/fd.';
const LOG_ADVICE = 'Nothing more is stored. End this process with SIGTERM: that moves everything into the database.';

function inodeOf(file: string): string | undefined {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}

function stateOf({ dev, ino, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${mtimeNs}:${ctimeNs}`;
}
