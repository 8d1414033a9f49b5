// Runs statements on an open SQLite file: maps errors, waits for locks, and stores each change with its event.

import type { DatabaseSync } from 'node:sqlite';
import { resultCodeOf } from '../../sqlite/result-code.ts';
import type { Change } from '../events.ts';
import { StoreUnavailableError } from '../store-errors.ts';
import { addEvent } from './accounts/events.ts';
import { toStoreError } from './errors.ts';
import { truncateWal } from './file/checkpoint.ts';
import type { FileChecks } from './file/guards/file-checks.ts';
import { waitForLock } from './file/wait-for-lock.ts';
import type { Statements } from './statements.ts';
import { transact } from './transact.ts';

interface SessionOptions {
  statements: Statements;
  files: FileChecks;
  /** Who makes changes, for the audit trail. */
  actor: string;
  /** The clock: milliseconds since 1970-01-01 UTC. */
  now: () => number;
}

export class Session {
  readonly #database: DatabaseSync;
  readonly #options: SessionOptions;

  constructor(database: DatabaseSync, options: SessionOptions) {
    this.#database = database;
    this.#options = options;
  }

  /** Changes something, and stores the event of the change in the same transaction. */
  change<T>(work: () => Change<T>): Promise<T> {
    const { statements, actor, now } = this.#options;
    return this.#write(() =>
      transact(this.#database, 'BEGIN IMMEDIATE', () => {
        const { result, event, nextEvent } = work();
        for (const each of [event, nextEvent]) if (each) addEvent(statements, each, actor, now());
        return result;
      }),
    );
  }

  /** Makes a change whose deletions are overwritten with zeros instead of only being marked as free. */
  async erase<T>(work: () => Change<T>): Promise<T> {
    this.#database.exec('PRAGMA secure_delete = ON');
    return this.change(work).finally(() => this.#database.exec('PRAGMA secure_delete = OFF'));
  }

  async #write<T>(work: () => T): Promise<T> {
    try {
      return await waitForLock(() => {
        this.#options.files.check();
        return work();
      });
    } catch (error) {
      // Pages that were rolled back still take space in the WAL.
      if (error instanceof StoreUnavailableError && error.kind === 'full') truncateWal(this.#database);
      throw error;
    }
  }

  /** Iterates over a listing, which is read as it is consumed. */
  async *iterate<T>(rows: Generator<T, void>): AsyncIterable<T> {
    for (;;) {
      const next = this.run(() => rows.next());
      if (next.done) return;
      yield next.value;
    }
  }

  /** Runs a statement and maps its errors. A writing statement fails while the file is locked. */
  run<T>(work: () => T, onError: (error: unknown) => void = () => {}): T {
    try {
      return work();
    } catch (cause) {
      const error = toStoreError(cause);
      onError(error);
      const code = resultCodeOf(cause);
      // If a truncated file is the cause, SQLite's message would be misleading.
      if (code === 'IOERR' || code === 'CORRUPT') this.#options.files.checkTruncation();
      throw error;
    }
  }
}
