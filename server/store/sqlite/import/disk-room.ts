// Keeps an import from filling the disk. On a full disk, the WAL can no longer be moved into the file, so the remains
// of an import would stop a server.
import { statfsSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailableError } from '../../store-errors.ts';
import { truncateWal } from '../file/checkpoint.ts';

const MIB = 1_048_576;

/** The space that servers and the end of the import need, in the file and in the WAL beside it. */
const RESERVE_BYTES = { file: 3 * MIB, wal: MIB };

/**
 * The free space below which the WAL is emptied after each transaction, so that it does not grow to its usual 16 MB.
 */
const PLENTY_BYTES = 64 * MIB;

export interface DiskRoomOptions {
  database: DatabaseSync;
  /** The path of the file. A disk quota that the system does not report is not taken into account. */
  path: string;
  /** Returns the bytes that this user may still write. Default: the value of the file system. */
  freeBytes?: (() => number) | undefined;
}

export class DiskRoom {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #freeBytes: () => number;
  #logBytes = 0;
  /** The maximum growth of the WAL in one transaction so far. */
  #growthBytes = 0;

  constructor({ database, path, freeBytes = () => readFreeBytes(path) }: DiskRoomOptions) {
    this.#database = database;
    this.#path = path;
    this.#freeBytes = freeBytes;
  }

  /**
   * Must be called before a transaction that stores this number of bytes.
   *
   * @throws StoreUnavailableError when it would leave too little space for others or for undoing the import
   */
  require(bytes: number): void {
    this.emptyFullLog();
    const before = this.#logBytes;
    this.#logBytes = this.#readLogBytes();
    this.#growthBytes = Math.max(this.#growthBytes, this.#logBytes - before);
    const nextBytes = Math.max(bytes, this.#growthBytes);
    // The file grows before the WAL shrinks, unless the file has free pages.
    const fileBytes = Math.max(0, this.#logBytes + nextBytes + RESERVE_BYTES.file - this.#readFreePageBytes());
    // Twice: for the transaction, and for the one that undoes it.
    const neededBytes = fileBytes + 2 * nextBytes + RESERVE_BYTES.wal;
    const freeBytes = this.#freeBytes();
    if (freeBytes >= neededBytes) return;
    throw new StoreUnavailableError(
      `The import does not fit on the disk of ${this.#path}: its next part needs ${toMib(neededBytes)} MiB, and only ` +
        `${toMib(freeBytes)} are free.`,
      { kind: 'full' },
    );
  }

  /** Frees the space of the WAL if the disk has little left. */
  emptyFullLog(): void {
    if (this.#freeBytes() < PLENTY_BYTES) truncateWal(this.#database);
  }

  #readFreePageBytes(): number {
    const read = (pragma: string) => Number(this.#database.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);
    return read('freelist_count') * read('page_size');
  }

  #readLogBytes(): number {
    return statSync(`${this.#path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }
}

const toMib = (bytes: number) => (bytes / MIB).toFixed(1);

function readFreeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}
