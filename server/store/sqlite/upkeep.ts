// What a server does for its file beside requests: ends imports that others have left, and empties the WAL when idle.
import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailableError } from '../store-errors.ts';
import type { GroupCommit } from './creates/group-commit.ts';
import { toStoreError } from './errors.ts';
import { emptyLog } from './file/checkpoint.ts';
import type { FileChecks } from './file/guards/file-checks.ts';
import { forgetOpened } from './file/opened-file.ts';
import { finishLeftImports, type ImportContext } from './import/large-import.ts';

/** How often a server tidies up, and how long nothing must have been committed then. */
const TIDY_INTERVAL_MS = 1000;
const REST_MS = 250;

interface UpkeepOptions {
  files: FileChecks;
  commits: GroupCommit;
  importContext: ImportContext;
}

/** Starts at once. */
export class Upkeep {
  readonly #database: DatabaseSync;
  readonly #options: UpkeepOptions;
  readonly #closing = new AbortController();
  readonly #tidying = setInterval(() => this.#tidyAtRest(), TIDY_INTERVAL_MS).unref();
  /** The end of imports that others have left, while it is under way. */
  #finishing: Promise<void> | undefined;

  constructor(database: DatabaseSync, options: UpkeepOptions) {
    this.#database = database;
    this.#options = options;
    this.#finishing = this.#finishLeftImports();
  }

  /** Resolves when nothing is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#tidying);
    this.#closing.abort();
    await this.#finishing;
  }

  async #finishLeftImports(): Promise<void> {
    await finishLeftImports(this.#options.importContext, this.#closing.signal);
    this.#finishing = undefined;
  }

  /** If it fails, the file still has its own inode, which nobody takes for a copy. */
  forgetOpened(): void {
    try {
      this.#options.files.check();
      forgetOpened(this.#database);
    } catch (error) {
      if (!(toStoreError(error) instanceof StoreUnavailableError)) throw error;
    }
  }

  /**
   * Moves the log into the file while nothing is committed, so that little is missing from a copy of the file alone,
   * and ends imports that others have left meanwhile. Under load SQLite empties the log every 16 MB.
   */
  #tidyAtRest(): void {
    const { files, commits } = this.#options;
    if (performance.now() - commits.lastCommitMs < REST_MS) return;
    try {
      files.check();
      // Also when all of it is in the file: what was rolled back takes space that a full disk does not have.
      if (files.isLogEmpty() === false) emptyLog(this.#database);
      this.#finishing ??= this.#finishLeftImports();
    } catch (error) {
      // The next commit fails as well, and reports it.
      if (!(toStoreError(error) instanceof StoreUnavailableError)) throw error;
    }
  }
}
