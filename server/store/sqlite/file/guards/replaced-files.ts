// Detects that a file of an open database was deleted or replaced. SQLite goes on writing into the unlinked file, which
// is gone when it is closed.
import { type BigIntStats, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StoreUnavailableError } from '../../../store-errors.ts';

/** The coarsest clock of a file system: FAT's, of 2 s. NTFS, APFS and ext4 tick far more often. */
const CLOCK_TICK_MS = 2000;

/**
 * Remembers the files of an open database. The returned function throws a `StoreUnavailableError` while one of them is
 * missing or replaced; it takes a few microseconds. `now`: milliseconds since 1970-01-01 UTC.
 *
 * A file cannot lose its name without a change of its folder, so looking at the folder is enough most of the time.
 * Looking at the log before each commit makes the commit a third slower: after a `stat` Linux gives the file a new
 * ctime with its next write (multigrain timestamps), which has to be flushed as well.
 */
export function guardFiles(path: string, now: () => number = Date.now): () => void {
  // SQLite keeps the others beside the target of a link.
  const database = realpathSync(path);
  // The write-ahead log, and the index of it that processes share (https://www.sqlite.org/walformat.html).
  const files = [
    { file: database, advice: DATABASE_ADVICE },
    { file: `${database}-wal`, advice: LOG_ADVICE },
    { file: `${database}-shm`, advice: LOG_ADVICE },
  ].map((each) => ({ ...each, inode: inodeOf(each.file) }));
  const folder = dirname(database);
  /** The state of the folder when all files were in place; undefined while it proves nothing. */
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
    // Within a tick of the clock the folder may change again and look the same.
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
