// Keeps an import from filling the disk. What a full disk has in the log cannot be moved into the file any more, so the
// remains of the import alone would stop a server.
import { statfsSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailableError } from '../../store-errors.ts';
import { emptyLog } from '../file/checkpoint.ts';

const MIB = 1_048_576;

/** What servers, and the end of the import, need in the file and in the log beside it. */
const RESERVE_BYTES = { file: 3 * MIB, log: MIB };

/** With less than this, the log is emptied after each transaction, and does not grow to its usual 16 MB. */
const PLENTY_BYTES = 64 * MIB;

export interface DiskRoomOptions {
  database: DatabaseSync;
  /** The file; a disk quota that the system does not report is not seen. */
  path: string;
  /** Bytes that this user may still write. Default: as the file system reports. */
  freeBytes?: (() => number) | undefined;
}

export class DiskRoom {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #freeBytes: () => number;
  #logBytes = 0;
  /** By which the log grew in one transaction, at most. */
  #growthBytes = 0;

  constructor({ database, path, freeBytes = () => readFreeBytes(path) }: DiskRoomOptions) {
    this.#database = database;
    this.#path = path;
    this.#freeBytes = freeBytes;
  }

  /**
   * Must be called before a transaction that stores this number of bytes.
   *
   * @throws StoreUnavailableError when it would leave too little for others, and to take it back
   */
  require(bytes: number): void {
    this.emptyFullLog();
    const before = this.#logBytes;
    this.#logBytes = this.#readLogBytes();
    this.#growthBytes = Math.max(this.#growthBytes, this.#logBytes - before);
    const nextBytes = Math.max(bytes, this.#growthBytes);
    // The file grows before the log gets smaller, unless it has free pages.
    const fileBytes = Math.max(0, this.#logBytes + nextBytes + RESERVE_BYTES.file - this.#readFreePageBytes());
    // The transaction, and the one that takes it back.
    const neededBytes = fileBytes + 2 * nextBytes + RESERVE_BYTES.log;
    const freeBytes = this.#freeBytes();
    if (freeBytes >= neededBytes) return;
    throw new StoreUnavailableError(
      `The import does not fit on the disk of ${this.#path}: its next part needs ${toMib(neededBytes)} MiB, and only ` +
        `${toMib(freeBytes)} are free.`,
      { kind: 'full' },
    );
  }

  /** Gives the space of the log back where the disk has little. */
  emptyFullLog(): void {
    if (this.#freeBytes() < PLENTY_BYTES) emptyLog(this.#database);
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
