// Reports whether creates can succeed in SQLite.
import type { DatabaseSync } from 'node:sqlite';
import { sampleOrganization } from '../../sample-organization.ts';
import type { NewOrganization } from '../../store.ts';
import { StoreUnavailableError } from '../../store-errors.ts';
import type { Statements } from '../statements.ts';
import type { GroupCommit } from './group-commit.ts';

interface ReadinessContext {
  statements: Statements;
  commits: GroupCommit;
  /** Creates inside a transaction of the caller. */
  create: (organization: NewOrganization) => void;
}

/** So many that members and response need pages of their own, as each create does now and then. */
const SAMPLE_MEMBERS = 64;

export class Readiness {
  readonly #database: DatabaseSync;
  readonly #context: ReadinessContext;
  /** The last work that failed because of damage, until `check` succeeds with it. */
  #damagedWork: (() => void) | undefined;
  /** The key that was read last. */
  #lastClientId = '';

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
   * Rehearses a create in a transaction that is committed: it goes through the lock, the log and the disk. A damaged
   * page shows only when it is read, and a disk that is almost full has room for one page, but not for a create.
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

  /** Writes the schema version once more, which changes nothing: without customers there is nothing else to write. */
  #writeVersion(): void {
    const version = Number(this.#database.prepare('PRAGMA user_version').get()?.user_version);
    this.#database.exec(`PRAGMA user_version = ${version}`);
  }

  /** Does `work` and takes it back. The pages that it changed are still written by the commit, as they were before. */
  #rehearse(work: () => void): void {
    const database = this.#database;
    database.exec('SAVEPOINT rehearsal');
    try {
      work();
    } finally {
      // Some errors, such as a full disk, have already rolled back all of the transaction.
      if (database.isTransaction) database.exec('ROLLBACK TO rehearsal; RELEASE rehearsal');
    }
  }

  /** All that a request for a create reads and writes, in its order. */
  #workOfCreate(): void {
    this.#readKeys();
    this.#createSample();
  }

  /** Finds a key as a login does, and notes its use. The next check takes the next one, so that each page is read. */
  #readKeys(): void {
    const { findNextApiKey, findApiKey, recordApiKeyUse } = this.#context.statements;
    const row = findNextApiKey.get(this.#lastClientId) ?? findNextApiKey.get('');
    if (!row) return;
    const clientId = String(row.client_id);
    findApiKey.get(clientId, 0);
    // Later than any time that is there, so that the row is written.
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
