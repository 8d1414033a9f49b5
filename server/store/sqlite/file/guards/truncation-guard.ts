// Detects that a file of an open database was truncated. SQLite does not notice: it appends to the rest, and the next
// checkpoint copies the gap into the database.
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailableError } from '../../../store-errors.ts';

/**
 * The sizes of the header of the WAL and of the header of a frame, which holds one page
 * (https://www.sqlite.org/fileformat2.html#walformat).
 */
const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** The first four bytes of the WAL, without the lowest bit. */
const LOG_MAGIC = 0x377f0682;

/**
 * Prevents that reading changes the inode, which the next commit would have to flush. Works on Linux only, for files of
 * this user.
 */
const NO_ATIME = constants.O_NOATIME ?? 0;

/** Guards an open database in WAL mode. */
export class TruncationGuard {
  readonly #file: string;
  readonly #pageBytes: number;
  /** Counts the pages in the WAL, including those of other processes, without a checkpoint. */
  readonly #countWalPages: () => number;
  readonly #countPages: () => number;
  readonly #wal: number;
  readonly #buffer = Buffer.alloc(4);
  #largestBytes = 0;
  #truncatedFile: string | undefined;

  constructor(database: DatabaseSync, path: string) {
    const read = (pragma: string, column: string) => {
      const statement = database.prepare(`PRAGMA ${pragma}`);
      return () => Number(statement.get()?.[column]);
    };
    this.#file = realpathSync(path);
    this.#pageBytes = read('page_size', 'page_size')();
    this.#countWalPages = read('wal_checkpoint(NOOP)', 'log');
    this.#countPages = read('page_count', 'page_count');
    this.#wal = openWal(`${this.#file}-wal`);
  }

  /** Whether a file was found truncated. The database must not be closed then: closing runs a checkpoint. */
  get isTruncated(): boolean {
    return this.#truncatedFile !== undefined;
  }

  /**
   * Takes 10 microseconds of CPU. Must be called outside a transaction.
   *
   * @throws StoreUnavailableError from the first truncation on
   */
  check(): void {
    // Checked twice, because a checkpoint of another process may have emptied the WAL in between.
    this.#truncatedFile ??= this.#findTruncated() && this.#findTruncated();
    if (this.#truncatedFile !== undefined)
      throw new StoreUnavailableError(truncationMessage(this.#truncatedFile), { kind: 'file' });
  }

  /** Whether the WAL takes no space. */
  isWalEmpty(): boolean {
    return fstatSync(this.#wal).size === 0;
  }

  close(): void {
    closeSync(this.#wal);
  }

  #findTruncated(): string | undefined {
    if (!this.#isLogComplete()) return `${this.#file}-wal`;
    return this.#isDatabaseComplete() ? undefined : this.#file;
  }

  #isLogComplete(): boolean {
    const pages = this.#countWalPages();
    if (pages <= 0) return true;
    const bytes = LOG_HEADER_BYTES + pages * (FRAME_HEADER_BYTES + this.#pageBytes);
    // The header is read as well, because another process may have appended after the gap.
    return this.#read(bytes - 4) && this.#read(0) && (this.#buffer.readUInt32BE() & ~1) === LOG_MAGIC;
  }

  #read(position: number): boolean {
    return readSync(this.#wal, this.#buffer, 0, 4, position) === 4;
  }

  #isDatabaseComplete(): boolean {
    const bytes = statSync(this.#file, { throwIfNoEntry: false })?.size;
    // A missing file is reported by the file guard.
    if (bytes === undefined) return true;
    // VACUUM shrinks the database, but not below the size of its pages.
    if (bytes < this.#largestBytes && (bytes === 0 || bytes < this.#pageBytes * this.#countPages())) return false;
    this.#largestBytes = bytes;
    return true;
  }
}

/** Returns a message with advice for a truncated file. */
export function truncationMessage(file: string): string {
  return (
    `${file} was truncated while it is open. Nothing more is stored. What is missing is lost: end every process that ` +
    'has it open, and restore the database from a backup; without one, it is as of its last checkpoint.'
  );
}

function openWal(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | NO_ATIME);
  } catch {
    return openSync(path, constants.O_RDONLY);
  }
}
