// A large import: its rows are staged in small transactions, published by one that changes a single row, and then moved
// to the other customers, again in small ones. A process that is killed in between leaves an import that nobody sees,
// or one that everybody sees as a whole; `finishImports` ends either.
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

/** Customers in one transaction. */
export const ROWS_PER_TRANSACTION = 10_000;

/** Longer than others wait before they try the lock again, so that each gets its turn between two transactions. */
const PAUSE_MS = 12;

/** Greater than any ID. */
const AFTER_LAST = '~';

export interface ImportContext {
  database: DatabaseSync;
  /** The file. Undefined: the database is in memory. */
  path: string | undefined;
  /** The clock: milliseconds since 1970-01-01 UTC. */
  now: () => number;
  /** Throws when a commit would be lost. */
  checkFiles(): void;
  signal?: AbortSignal | undefined;
  /** Bytes that may still be written. Default: as the file system reports. */
  freeBytes?: () => number;
}

/** Does nothing before customers are added, and then waits for other large imports, so that counts are exact. */
export class LargeImport implements AsyncDisposable {
  readonly #context: ImportContext;
  readonly #account: string;
  readonly #count: ImportCount = { added: 0, renamed: 0, unchanged: 0 };
  readonly #room: DiskRoom | undefined;
  #lock: Disposable | undefined;
  /** 0: nothing was added. */
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

  /** Stages the customers of the table, `ROWS_PER_TRANSACTION` at most. */
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

  /** Stages what is new or has another name. */
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

  /** `onImported` is called in the transaction that makes the customers visible. */
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

  /** Rows without their import would go to the next one, which gets the same ID. */
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
      // It is decided whether the import is published. A server or the next import finishes it.
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

/** Finishes what imports whose processes were killed have left in the file. */
export async function finishLeftImports(context: ImportContext, signal: AbortSignal): Promise<void> {
  const { database, path } = context;
  try {
    const isNothingLeft = database.prepare('SELECT 1 FROM imports').get() === undefined;
    if (isNothingLeft || path === undefined) return;
    using lock = tryLockImports(path);
    if (lock) await finishImports({ ...context, signal }, new DiskRoom({ database, path }));
  } catch (error) {
    // The next import or server does it.
    if (!signal.aborted && !(toStoreError(error) instanceof StoreUnavailableError)) throw error;
  }
}

/**
 * Moves the customers of published imports, and deletes those of others. The caller holds the lock of imports. `room`
 * keeps the log small where the disk is.
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

/** Takes the first customers of an import, and the import itself with the last. */
function finishSome(database: DatabaseSync, id: number): void {
  const next = database
    .prepare('SELECT customer_id FROM imported_customers WHERE import_id = ? ORDER BY customer_id LIMIT 1 OFFSET ?')
    .get(id, ROWS_PER_TRANSACTION);
  const end = next ? String(next.customer_id) : AFTER_LAST;
  // Those of a deleted account are not moved.
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
  // A copy in a free page would outlive the deletion of the customer.
  database.exec('PRAGMA secure_delete = ON');
  database.prepare('DELETE FROM imported_customers WHERE import_id = ? AND customer_id < ?').run(id, end);
  database.exec('PRAGMA secure_delete = OFF');
  if (!next) database.prepare('DELETE FROM imports WHERE import_id = ?').run(id);
}

/** Runs a small transaction, and leaves the file to others for a moment. @throws StoreUnavailableError */
async function transactBriefly<T>({ database, checkFiles, signal }: ImportContext, work: () => T): Promise<T> {
  signal?.throwIfAborted();
  const result = await waitForLock(() => {
    checkFiles();
    return transact(database, 'BEGIN IMMEDIATE', work);
  }, signal);
  await sleep(PAUSE_MS);
  return result;
}
