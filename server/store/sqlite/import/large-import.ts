// A large import. Its rows are staged in small transactions, published by one that changes a single row, and then moved
// to the table of customers, again in small transactions. A process that is killed in between leaves an import that is
// either invisible or visible as a whole; `finishImports` completes or deletes it.
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ImportCount } from '../../store.ts';
import { StoreUnavailableError } from '../../store-errors.ts';
import { toStoreError } from '../errors.ts';
import { waitForLock } from '../file/wait-for-lock.ts';
import { transact } from '../transact.ts';
import { DiskRoom } from './disk-room.ts';
import { lockImports, tryLockImports } from './import-lock.ts';
import type { IncomingTable } from './incoming-table.ts';

/** The number of customers in one transaction. */
export const ROWS_PER_TRANSACTION = 10_000;

/**
 * The pause between transactions, longer than the interval at which others retry the lock, so that each gets its turn.
 */
const PAUSE_MS = 12;

/** A text that sorts after any ID. */
const AFTER_LAST = '~';

export interface ImportContext {
  database: DatabaseSync;
  /** The path of the file; undefined for a database in memory. */
  path: string | undefined;
  /** The clock: milliseconds since 1970-01-01 UTC. */
  now: () => number;
  /** Throws if a commit would be lost. */
  checkFiles(): void;
  signal?: AbortSignal | undefined;
  /** Returns the bytes that may still be written. Default: the value of the file system. */
  freeBytes?: () => number;
}

/** A large import. The first `add` waits for other large imports, so that counts are exact. */
export class LargeImport implements AsyncDisposable {
  readonly #context: ImportContext;
  readonly #account: string;
  readonly #count: ImportCount = { added: 0, renamed: 0, unchanged: 0 };
  readonly #room: DiskRoom | undefined;
  #lock: Disposable | undefined;
  /** The ID of the import; 0 before the first `add`. */
  #id = 0;

  constructor(account: string, context: ImportContext) {
    this.#account = account;
    this.#context = context;
    const { path, database, freeBytes } = context;
    this.#room = path === undefined ? undefined : new DiskRoom({ database, path, freeBytes });
  }

  get isEmpty(): boolean {
    return this.#id === 0;
  }

  /** Stages the customers of the table, at most `ROWS_PER_TRANSACTION`. */
  async add(table: IncomingTable): Promise<void> {
    if (this.#id === 0) await this.#begin();
    this.#room?.require(table.bytes);
    const count = await transactBriefly(this.#context, () => {
      this.#checkExists();
      this.#stage(table);
      return table.countChanges(this.#account);
    });
    addCount(this.#count, count);
  }

  async #begin(): Promise<void> {
    const { database, path, signal } = this.#context;
    if (path !== undefined) this.#lock = await lockImports(path, signal);
    await finishImports(this.#context);
    const insert = database.prepare('INSERT INTO imports (account_id) VALUES (?)');
    this.#id = await transactBriefly(this.#context, () => Number(insert.run(this.#account).lastInsertRowid));
  }

  /** Stages the customers that are new or have another name. */
  #stage(table: IncomingTable): void {
    this.#context.database
      .prepare(
        `INSERT INTO imported_customers (import_id, customer_id, name)
         SELECT ?1, t.customer_id, t.name FROM ${table.name} t
         LEFT JOIN customers c ON c.account_id = ?2 AND c.customer_id = t.customer_id
         WHERE c.name IS NOT t.name`,
      )
      .run(this.#id, this.#account);
  }

  /** Publishes the import. `onImported` is called in the transaction that makes the customers visible. */
  async publish(onImported: (count: ImportCount) => void): Promise<ImportCount> {
    const { database, now } = this.#context;
    const update = database.prepare('UPDATE imports SET published_at = ? WHERE import_id = ?');
    await transactBriefly(this.#context, () => {
      this.#checkExists();
      update.run(now(), this.#id);
      onImported(this.#count);
    });
    return this.#count;
  }

  /**
   * Checks that the import still exists. Otherwise its rows would belong to the next import, which gets the same ID.
   */
  #checkExists(): void {
    const row = this.#context.database
      .prepare('SELECT 1 FROM imports JOIN accounts USING (account_id) WHERE import_id = ?')
      .get(this.#id);
    if (!row) throw new StoreUnavailableError('The account was deleted during the import.', { kind: 'conflict' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#id === 0) return this.#lock?.[Symbol.dispose]();
    try {
      await finishImports({ ...this.#context, signal: undefined }, this.#room);
    } catch (error) {
      // The outcome of the import is already decided. A server or the next import finishes the rest.
      if (!(toStoreError(error) instanceof StoreUnavailableError)) throw error;
    } finally {
      this.#lock?.[Symbol.dispose]();
    }
  }
}

export function addCount(total: ImportCount, { added, renamed, unchanged }: ImportCount): void {
  total.added += added;
  total.renamed += renamed;
  total.unchanged += unchanged;
}

/** Finishes imports whose processes were killed. */
export async function finishLeftImports(context: ImportContext, signal: AbortSignal): Promise<void> {
  const { database, path } = context;
  try {
    const isNothingLeft = database.prepare('SELECT 1 FROM imports').get() === undefined;
    if (isNothingLeft || path === undefined) return;
    using lock = tryLockImports(path);
    if (lock) await finishImports({ ...context, signal }, new DiskRoom({ database, path }));
  } catch (error) {
    // The next import or server finishes them.
    if (!signal.aborted && !(toStoreError(error) instanceof StoreUnavailableError)) throw error;
  }
}

/**
 * Moves the customers of published imports, and deletes those of others. The caller holds the lock of imports. `room`
 * keeps the WAL small on a small disk.
 */
async function finishImports(context: ImportContext, room?: DiskRoom): Promise<void> {
  const find = context.database.prepare('SELECT import_id FROM imports LIMIT 1');
  for (let row = find.get(); row; row = find.get()) {
    const id = Number(row.import_id);
    room?.emptyFullLog();
    await transactBriefly(context, () => finishSome(context.database, id));
  }
  room?.emptyFullLog();
}

/** Moves or deletes the first customers of an import, and deletes the import itself with its last ones. */
function finishSome(database: DatabaseSync, id: number): void {
  const next = database
    .prepare('SELECT customer_id FROM imported_customers WHERE import_id = ? ORDER BY customer_id LIMIT 1 OFFSET ?')
    .get(id, ROWS_PER_TRANSACTION);
  const end = next ? String(next.customer_id) : AFTER_LAST;
  // Customers of a deleted account are not moved.
  database
    .prepare(
      `INSERT INTO customers (account_id, customer_id, name)
       SELECT i.account_id, c.customer_id, c.name
       FROM imports i
       JOIN accounts a ON a.account_id = i.account_id
       JOIN imported_customers c ON c.import_id = i.import_id
       WHERE i.import_id = ? AND i.published_at IS NOT NULL AND c.customer_id < ?
       ON CONFLICT (account_id, customer_id) DO UPDATE SET name = excluded.name`,
    )
    .run(id, end);
  // Overwrites deleted rows: a copy in a free page would outlive a later deletion of the customer.
  database.exec('PRAGMA secure_delete = ON');
  database.prepare('DELETE FROM imported_customers WHERE import_id = ? AND customer_id < ?').run(id, end);
  database.exec('PRAGMA secure_delete = OFF');
  if (!next) database.prepare('DELETE FROM imports WHERE import_id = ?').run(id);
}

/** Runs a small transaction, and then leaves the file to others for a moment. @throws StoreUnavailableError */
async function transactBriefly<T>({ database, checkFiles, signal }: ImportContext, work: () => T): Promise<T> {
  signal?.throwIfAborted();
  const result = await waitForLock(() => {
    checkFiles();
    return transact(database, 'BEGIN IMMEDIATE', work);
  }, signal);
  await sleep(PAUSE_MS);
  return result;
}
