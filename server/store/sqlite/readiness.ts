// Tells whether creates can succeed in SQLite.
import type { DatabaseSync } from 'node:sqlite';
import { v7 as uuidv7 } from 'uuid';
import { resultCodeOf } from '../../sqlite/result-code.ts';
import type { NewOrganization } from '../store.ts';
import { StoreUnavailableError } from '../store-errors.ts';
import { toStoreError } from './errors.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Statements } from './statements.ts';

interface ReadinessContext {
  statements: Statements;
  commits: GroupCommit;
  /** What each transaction with creates begins with. */
  begin: () => void;
  /** Creates inside a transaction of the caller. */
  create: (organization: NewOrganization) => void;
}

export class Readiness {
  readonly #database: DatabaseSync;
  readonly #context: ReadinessContext;
  /** The last work that failed because of damage, until `check` succeeds with it. */
  #damagedWork: (() => void) | undefined;

  constructor(database: DatabaseSync, context: ReadinessContext) {
    this.#database = database;
    this.#context = context;
  }

  /** Keeps the work if it failed because of damage. */
  noteDamage(error: unknown, work: () => void): void {
    if (!(error instanceof StoreUnavailableError && error.kind === 'damaged')) return;
    this.#damagedWork = work;
    // Forgets the page, so that the file is read again: the damage may have been of the memory or the disk's bus.
    this.#database.exec('PRAGMA shrink_memory');
  }

  /**
   * Writes the schema version once more, which changes nothing but goes through the lock, the log and the disk like a
   * create. Then rehearses a create: a damaged page shows only when it is read.
   */
  async check(): Promise<void> {
    const database = this.#database;
    await this.#context.commits.run(() => {
      const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
      database.exec(`PRAGMA user_version = ${version}`);
    });
    this.#rehearse(() => {
      this.#damagedWork?.();
      this.#createSample();
    });
    this.#damagedWork = undefined;
  }

  /** Does `work` and takes it back. Another process that has locked the file has just let this one write. */
  #rehearse(work: () => void): void {
    const database = this.#database;
    try {
      database.exec('BEGIN IMMEDIATE');
      this.#context.begin();
      work();
    } catch (error) {
      if (resultCodeOf(error) === 'BUSY') return;
      this.noteDamage(toStoreError(error), this.#damagedWork ?? (() => this.#createSample()));
      throw toStoreError(error);
    } finally {
      // Some errors have already rolled back.
      if (database.isTransaction) database.exec('ROLLBACK');
    }
  }

  /** Creates an organization of any customer, if there is one. */
  #createSample(): void {
    const row = this.#context.statements.findAnyCustomer.get();
    if (!row) return;
    const [account, ownerId] = [String(row.account_id), String(row.customer_id)];
    const idempotency = { key: 'readiness', fingerprint: new Uint8Array(32) };
    this.#context.create({ account, id: uuidv7(), ownerId, memberIds: [ownerId], idempotency });
  }
}
