// Notices that the files of an open database were truncated. SQLite does not: it appends to what is left, and the next
// checkpoint moves the gap into the database.
import { closeSync, constants, openSync, readSync, realpathSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable } from '../store.ts';

export interface TruncationGuard {
  /** Throws `StoreUnavailable` from the moment at which a file is shorter than it must be. To be called outside a transaction. */
  assertWhole(): void;
  /** Whether a file was found truncated. Then the database must not be closed, for that would run a checkpoint. */
  readonly truncated: boolean;
  close(): void;
}

/** Bytes of the header of the log, and of that of each page in it (https://www.sqlite.org/fileformat2.html, section 4.1). */
const LOG_HEADER = 32;
const FRAME_HEADER = 24;

/** How the log begins, its last bit aside. */
const MAGIC = 0x377f0682;

/** Reading must not change the inode, which the next commit would have to write. Only Linux has it, and only for files of this user. */
const NO_ACCESS_TIME = constants.O_NOATIME ?? 0;

/** The database is open, and in WAL mode. */
export function guardTruncation(database: DatabaseSync, path: string): TruncationGuard {
  const file = realpathSync(path);
  const pageSize = Number(database.prepare('PRAGMA page_size').get()?.page_size);
  // Does nothing, but says how many pages are in the log, also those of other processes.
  const checkpoint = database.prepare('PRAGMA wal_checkpoint(NOOP)');
  const log = openLog(`${file}-wal`);
  const bytes = Buffer.alloc(4);
  const read = (position: number) => readSync(log, bytes, 0, 4, position);
  let largest = 0;
  let truncated: string | undefined;

  const isLogWhole = () => {
    const pages = Number(checkpoint.get()?.log);
    if (pages <= 0) return true;
    const end = LOG_HEADER + pages * (FRAME_HEADER + pageSize);
    // Another process may have written behind a gap.
    return read(end - 4) === 4 && read(0) === 4 && (bytes.readUInt32BE() & ~1) === MAGIC;
  };
  const countPages = () => Number(database.prepare('PRAGMA page_count').get()?.page_count);
  const isDatabaseWhole = () => {
    const size = statSync(file, { throwIfNoEntry: false })?.size;
    // Whether there is a file in its place is not asked here.
    if (size === undefined) return true;
    // VACUUM makes a database smaller, but never smaller than its pages.
    if (size < largest && (size === 0 || size < pageSize * countPages())) return false;
    largest = size;
    return true;
  };
  const findTruncated = () => {
    if (!isLogWhole()) return `${file}-wal`;
    return isDatabaseWhole() ? undefined : file;
  };
  return {
    assertWhole() {
      // Asked twice, for another process may have emptied the log in between, as a checkpoint may.
      truncated ??= findTruncated() && findTruncated();
      if (truncated !== undefined) throw new StoreUnavailable(truncationMessage(truncated));
    },
    get truncated() {
      return truncated !== undefined;
    },
    close: () => closeSync(log),
  };
}

/** What to do about a file that was truncated. */
export function truncationMessage(file: string): string {
  return `${file} was truncated while it is open. Nothing more is stored. What is missing cannot be brought back: end every process that has it open, and restore the database from a backup; without one, it is as of its last checkpoint.`;
}

function openLog(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | NO_ACCESS_TIME);
  } catch {
    return openSync(path, constants.O_RDONLY);
  }
}
