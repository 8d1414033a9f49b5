// Whether the files of an open database are still there, and whole. A database in memory has none.
import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailableError } from '../../../store-errors.ts';
import { MEMORY } from '../path-violation.ts';
import { guardFiles } from './replaced-files.ts';
import { TruncationGuard } from './truncation-guard.ts';

export class FileChecks {
  readonly #checkNames: (() => void) | undefined;
  readonly #truncationGuard: TruncationGuard | undefined;

  /** Checks them for the first time. @throws StoreUnavailableError */
  constructor(database: DatabaseSync, path: string) {
    this.#checkNames = path === MEMORY ? undefined : guardFiles(path);
    this.#truncationGuard = path === MEMORY ? undefined : new TruncationGuard(database, path);
    this.check();
  }

  /** @throws StoreUnavailableError when a commit would be lost, and errors of SQLite and of the file system */
  check(): void {
    this.#checkNames?.();
    this.#truncationGuard?.check();
  }

  /** @throws StoreUnavailableError when a file was truncated, and nothing when that cannot be found out */
  checkTruncation(): void {
    try {
      this.#truncationGuard?.check();
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
    }
  }

  /** Undefined: the database is in memory. */
  isLogEmpty(): boolean | undefined {
    return this.#truncationGuard?.isLogEmpty();
  }

  /** Whether a file was found truncated. The database must not be closed then: closing runs a checkpoint. */
  get isTruncated(): boolean {
    return this.#truncationGuard?.isTruncated === true;
  }

  close(): void {
    this.#truncationGuard?.close();
  }
}
