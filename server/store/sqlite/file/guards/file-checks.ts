// Checks that the files of an open database still exist and are complete. A database in memory has none.
import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailableError } from '../../../store-errors.ts';
import { MEMORY } from '../path-violation.ts';
import { guardFiles } from './replaced-files.ts';
import { TruncationGuard } from './truncation-guard.ts';

export class FileChecks {
  readonly #checkNames: (() => void) | undefined;
  readonly #truncationGuard: TruncationGuard | undefined;

  /** Runs the first check. @throws StoreUnavailableError */
  constructor(database: DatabaseSync, path: string) {
    this.#checkNames = path === MEMORY ? undefined : guardFiles(path);
    this.#truncationGuard = path === MEMORY ? undefined : new TruncationGuard(database, path);
    this.check();
  }

  /** @throws StoreUnavailableError when a commit would be lost; errors of SQLite and of the file system */
  check(): void {
    this.#checkNames?.();
    this.#truncationGuard?.check();
  }

  /** @throws StoreUnavailableError when a file is known to be truncated */
  checkTruncation(): void {
    try {
      this.#truncationGuard?.check();
    } catch (error) {
      if (error instanceof StoreUnavailableError) throw error;
    }
  }

  /** Returns whether the WAL takes no space; undefined for a database in memory. */
  isWalEmpty(): boolean | undefined {
    return this.#truncationGuard?.isWalEmpty();
  }

  /** Whether a file was found truncated. The database must then not be closed, because closing runs a checkpoint. */
  get isTruncated(): boolean {
    return this.#truncationGuard?.isTruncated === true;
  }

  close(): void {
    this.#truncationGuard?.close();
  }
}
