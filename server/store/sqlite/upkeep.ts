// The upkeep of a file by a server: finishes abandoned imports, and empties the WAL when idle.
import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailableError } from '../store-errors.ts';
import type { GroupCommit } from './creates/group-commit.ts';
import { toStoreError } from './errors.ts';
import { truncateWal } from './file/checkpoint.ts';
import type { FileChecks } from './file/guards/file-checks.ts';
import { forgetOpened } from './file/opened-file.ts';
import { finishLeftImports, type ImportContext } from './import/large-import.ts';

/** The interval of the upkeep, and the time without a commit after which the server counts as idle. */
const TIDY_INTERVAL_MS = 1000;
const REST_MS = 250;

interface UpkeepOptions {
  files: FileChecks;
  commits: GroupCommit;
  importContext: ImportContext;
}

/** The upkeep of a file, which starts at once. */
export class Upkeep {
  readonly #database: DatabaseSync;
  readonly #options: UpkeepOptions;
  readonly #closing = new AbortController();
  readonly #tidying = setInterval(() => this.#tidyAtRest(), TIDY_INTERVAL_MS).unref();
  /** The promise of finishing abandoned imports, while that is running. */
  #finishing: Promise<void> | undefined;

  constructor(database: DatabaseSync, options: UpkeepOptions) {
    this.#database = database;
    this.#options = options;
    this.#finishing = this.#finishLeftImports();
  }

  /** Stops the upkeep. Resolves when nothing is running any longer. */
  async stop(): Promise<void> {
    clearInterval(this.#tidying);
    this.#closing.abort();
    await this.#finishing;
  }

  async #finishLeftImports(): Promise<void> {
    await finishLeftImports(this.#options.importContext, this.#closing.signal);
    this.#finishing = undefined;
  }

  /**
   * Removes the recorded inode. If that fails, the inode is still that of the file, so the file is not mistaken for a
   * copy.
   */
  forgetOpened(): void {
    try {
      this.#options.files.check();
      forgetOpened(this.#database);
    } catch (error) {
      if (!(toStoreError(error) instanceof StoreUnavailableError)) throw error;
    }
  }

  /**
   * Moves the WAL into the file while nothing is being committed, so that a copy of the file alone lacks little, and
   * finishes abandoned imports. Under load, SQLite empties the WAL every 16 MB.
   */
  #tidyAtRest(): void {
    const { files, commits } = this.#options;
    if (performance.now() - commits.lastCommitMs < REST_MS) return;
    try {
      files.check();
      // Even if the file already has all of it, the WAL may contain rolled-back pages, whose space a full disk needs.
      if (files.isWalEmpty() === false) truncateWal(this.#database);
      this.#finishing ??= this.#finishLeftImports();
    } catch (error) {
      // The next commit will fail as well, and report the error.
      if (!(toStoreError(error) instanceof StoreUnavailableError)) throw error;
    }
  }
}
