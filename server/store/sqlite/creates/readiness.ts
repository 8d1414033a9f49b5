// Checks whether creates can succeed in SQLite.
import type { DatabaseSync } from 'node:sqlite';
import { sampleOrganization } from '../../sample-organization.ts';
import type { NewOrganization } from '../../store.ts';
import { StoreUnavailableError } from '../../store-errors.ts';
import type { Statements } from '../statements.ts';
import type { GroupCommit } from './group-commit.ts';

interface ReadinessContext {
  statements: Statements;
  commits: GroupCommit;
  /** Creates an organization inside a transaction of the caller. */
  create: (organization: NewOrganization) => void;
}

/** Enough members that they and the response need new pages, as real creates sometimes do. */
const SAMPLE_MEMBERS = 64;

export class Readiness {
  readonly #database: DatabaseSync;
  readonly #context: ReadinessContext;
  /** The last work that failed because of damage, until it succeeds in `check`. */
  #damagedWork: (() => void) | undefined;
  /** The client ID of the key that was read last. */
  #lastClientId = '';

  constructor(database: DatabaseSync, context: ReadinessContext) {
    this.#database = database;
    this.#context = context;
  }

  /** Keeps the work if it failed because of damage. */
  noteDamage(error: unknown, work: () => void): void {
    if (!(error instanceof StoreUnavailableError && error.kind === 'damaged')) return;
    this.#damagedWork = work;
    // Evicts the page, so that the file is read again: the damage may have been in memory or on the way from the disk.
    this.#database.exec('PRAGMA shrink_memory');
  }

  /**
   * Rehearses a create in a transaction that is committed, which exercises the lock, the WAL and the disk. A damaged
   * page is only detected when it is read, and a disk that is almost full may have room for one page but not for a
   * create.
   */
  async check(): Promise<void> {
    const damagedWork = this.#damagedWork;
    try {
      await this.#context.commits.rehearse(() => {
        this.#writeVersion();
        this.#rehearse(() => {
          damagedWork?.();
          this.#workOfCreate();
        });
      });
    } catch (error) {
      this.noteDamage(error, damagedWork ?? (() => this.#workOfCreate()));
      throw error;
    }
    // Other damage may have been noted meanwhile.
    if (this.#damagedWork === damagedWork) this.#damagedWork = undefined;
  }

  /**
   * Writes the schema version again, which changes nothing: if there are no customers, there is nothing else to write.
   */
  #writeVersion(): void {
    const version = Number(this.#database.prepare('PRAGMA user_version').get()?.user_version);
    this.#database.exec(`PRAGMA user_version = ${version}`);
  }

  /** Runs `work` and rolls it back. The commit still writes the changed pages, with their previous content. */
  #rehearse(work: () => void): void {
    const database = this.#database;
    database.exec('SAVEPOINT rehearsal');
    try {
      work();
    } finally {
      // Some errors, such as a full disk, have already rolled the whole transaction back.
      if (database.isTransaction) database.exec('ROLLBACK TO rehearsal; RELEASE rehearsal');
    }
  }

  /** Reads and writes everything that a request for a create does, in the same order. */
  #workOfCreate(): void {
    this.#readKeys();
    this.#createSample();
  }

  /** Finds a key as a login does, and records its use. Each check takes the next key, so that every page is read. */
  #readKeys(): void {
    const { findNextApiKey, findApiKey, recordApiKeyUse } = this.#context.statements;
    const row = findNextApiKey.get(this.#lastClientId) ?? findNextApiKey.get('');
    if (!row) return;
    const clientId = String(row.client_id);
    findApiKey.get(clientId, 0);
    // Later than any stored time, so that the row is written.
    recordApiKeyUse.run(clientId, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    this.#lastClientId = clientId;
  }

  /** Creates an organization of any customer, if there is one. */
  #createSample(): void {
    const row = this.#context.statements.findAnyCustomer.get();
    if (!row) return;
    this.#context.create(
      sampleOrganization({
        account: String(row.account_id),
        clientId: this.#lastClientId || undefined,
        customerId: String(row.customer_id),
        memberCount: SAMPLE_MEMBERS,
      }),
    );
  }
}
