// The store on SQLite: one file, for one process or a few of the same machine.
import type { DatabaseSync } from 'node:sqlite';
import { v7 as uuidv7 } from 'uuid';
import { resultCodeOf } from '../../sqlite/result-code.ts';
import { ApiKeyCache } from '../api-key-cache.ts';
import type { MigrateMode } from '../migrations.ts';
import {
  type Account,
  type ApiKey,
  type CreateOutcome,
  type Customer,
  IDEMPOTENCY_TTL_MS,
  type ImportCount,
  type ImportOptions,
  type ListedApiKey,
  type NewOrganization,
  type Store,
  type StoredOrganization,
  type StoreObserver,
  StoreOpenError,
  StoreUnavailableError,
} from '../store.ts';
import { createOrganization } from './create-organization.ts';
import { toStoreError } from './errors.ts';
import { guardFiles } from './file-guard.ts';
import { GroupCommit } from './group-commit.ts';
import { importCustomers } from './import-customers.ts';
import { waitForLock } from './lock.ts';
import { MEMORY, openDatabase } from './open.ts';
import { describeCopy, forgetOpened, rememberOpened } from './opened-file.ts';
import { prepareStatements, type Statements } from './statements.ts';
import { TruncationGuard } from './truncation-guard.ts';

/** Options of `openSqliteStore`. */
export interface SqliteOptions {
  /** The file, or `:memory:` for a database that is gone when it is closed. */
  path: string;
  /** The clock: milliseconds since 1970-01-01 UTC. Default: `Date.now`. */
  now?: () => number;
  /** Gets reports for metrics. */
  observer?: StoreObserver;
  /**
   * Whether an older schema is updated; if not, it is an error, and so is a missing file. `empty`: the schema is
   * created in an empty database, and an older one is an error. Default: true.
   */
  migrate?: MigrateMode;
  /**
   * Gets a sentence for what works, but is likely to be a mistake, such as a copy of an open file. Default: nothing is
   * checked.
   */
  onWarning?: (message: string) => void;
}

/**
 * Opens a store on SQLite, in one file that several processes of a machine may share. Creates the file if it does not
 * exist, readable by this user alone, and updates its schema. Uses WAL mode with `synchronous=FULL`: what a promise
 * resolved for is on the disk.
 *
 * @throws StoreOpenError when the file cannot be opened, is damaged or belongs to another program
 *
 * @example
 * const store = openSqliteStore({ path: 'customer-organizations.db' });
 * const account = await store.addAccount('Acme');
 * await store.addApiKey({ account, clientId: 'key', secretHash: hashSecret('secret'), pinnedVersion: undefined });
 * await store.close();
 */
export function openSqliteStore(options: SqliteOptions): Store {
  const { path, now = Date.now, observer, migrate = true, onWarning } = options;
  const database = openDatabase(path, { migrate });
  try {
    if (onWarning && path !== MEMORY && rememberOpened(database, path)) onWarning(describeCopy(path));
    return new SqliteStore(database, { path, now, observer, isServing: onWarning !== undefined });
  } catch (error) {
    database.close();
    // Damaged while another process has it open.
    throw error instanceof StoreUnavailableError ? new StoreOpenError(error.message, { cause: error }) : error;
  }
}

/** Lets a burst of requests share a lookup. A revocation by another process takes effect after this time. */
const API_KEY_TTL_MS = 10;

/** How often a server looks whether to empty the log, and how long nothing must have been committed then. */
const CHECKPOINT_INTERVAL_MS = 1000;
const REST_MS = 250;

/** Organizations that a listing reads at once. */
const PAGE_SIZE = 500;

class SqliteStore implements Store {
  readonly #database: DatabaseSync;
  readonly #now: () => number;
  readonly #statements: Statements;
  readonly #truncationGuard: TruncationGuard | undefined;
  readonly #checkFiles: () => void;
  readonly #commits: GroupCommit;
  /** A lookup locks the file for a moment, and takes longer than the rest of an authentication. */
  readonly #apiKeys = new ApiKeyCache(async (clientId) => this.#findApiKey(clientId), { ttlMs: API_KEY_TTL_MS });

  /** Whether a server has the file open, and not a command. */
  readonly #isServing: boolean;
  readonly #checkpoints: NodeJS.Timeout | undefined;
  /** The last work that failed because of damage, until `check` succeeds with it. */
  #damagedWork: (() => void) | undefined;

  constructor(
    database: DatabaseSync,
    {
      path,
      now,
      observer,
      isServing,
    }: Required<Pick<SqliteOptions, 'path' | 'now'>> & {
      observer: StoreObserver | undefined;
      isServing: boolean;
    },
  ) {
    this.#database = database;
    this.#now = now;
    this.#isServing = isServing;
    this.#statements = prepareStatements(database);
    const checkNames = path === MEMORY ? undefined : guardFiles(path);
    this.#truncationGuard = path === MEMORY ? undefined : new TruncationGuard(database, path);
    this.#checkFiles = () => {
      checkNames?.();
      this.#truncationGuard?.check();
    };
    this.#checkFiles();
    this.#commits = new GroupCommit(database, this.#checkFiles, observer);
    if (isServing) this.#checkpoints = setInterval(() => this.#checkpointAtRest(), CHECKPOINT_INTERVAL_MS).unref();
  }

  async createOrganization(organization: NewOrganization): Promise<CreateOutcome> {
    const create = () => createOrganization(this.#statements, organization, this.#now());
    try {
      return await this.#commits.run(create);
    } catch (error) {
      this.#noteDamage(error, create);
      throw error;
    }
  }

  #noteDamage(error: unknown, work: () => void): void {
    if (!(error instanceof StoreUnavailableError && error.kind === 'damaged')) return;
    this.#damagedWork = work;
    // Forgets the page, so that the file is read again: the damage may have been of the memory or the disk's bus.
    this.#database.exec('PRAGMA shrink_memory');
  }

  async findApiKey(clientId: string): Promise<ApiKey | undefined> {
    return this.#apiKeys.find(clientId);
  }

  #findApiKey(clientId: string): ApiKey | undefined {
    const find = () => this.#statements.findApiKey.get(clientId);
    const row = this.#run(find, (error) => this.#noteDamage(error, find));
    if (!row) return undefined;
    return {
      account: String(row.account_id),
      clientId,
      secretHash: row.secret_sha256 as Uint8Array, // The schema is STRICT: a BLOB.
      pinnedVersion: row.pinned_version === null ? undefined : String(row.pinned_version),
    };
  }

  async addAccount(name: string): Promise<string> {
    // Not `get`, which stops at the row: an error of the commit after it would be lost.
    const [row] = await this.#write(() => this.#statements.addAccount.all(uuidv7(), name, this.#now()));
    return String(row?.account_id); // The statement returns a row in any case.
  }

  async listAccounts(): Promise<Account[]> {
    const rows = this.#run(() => this.#statements.listAccounts.all());
    return rows.map((row) => ({ id: String(row.account_id), name: String(row.name) }));
  }

  async findAccount(name: string): Promise<string | undefined> {
    const row = this.#run(() => this.#statements.findAccount.get(name));
    return row && String(row.account_id);
  }

  async addApiKey({ account, clientId, secretHash, pinnedVersion }: ApiKey): Promise<void> {
    await this.#write(() =>
      this.#statements.addApiKey.run(account, clientId, secretHash, pinnedVersion ?? null, this.#now()),
    );
    this.#apiKeys.delete(clientId);
  }

  async listApiKeys(account: string): Promise<ListedApiKey[]> {
    const rows = this.#run(() => this.#statements.listApiKeys.all(account));
    return rows.map((row) => ({
      clientId: String(row.client_id),
      pinnedVersion: row.pinned_version === null ? undefined : String(row.pinned_version),
      createdAt: new Date(Number(row.created_at)),
      revokedAt: row.revoked_at === null ? undefined : new Date(Number(row.revoked_at)),
    }));
  }

  async revokeApiKey(clientId: string): Promise<boolean> {
    const { changes } = await this.#write(() => this.#statements.revokeApiKey.run(this.#now(), clientId));
    this.#apiKeys.delete(clientId);
    return changes === 1;
  }

  async importCustomers(
    account: string,
    customers: AsyncIterable<Customer[]>,
    options: ImportOptions = {},
  ): Promise<ImportCount> {
    return importCustomers(this.#database, account, customers, { ...options, checkFiles: this.#checkFiles });
  }

  /**
   * Reads page by page, so that a slow consumer delays no checkpoint. IDs are UUIDv7, so their order is that of
   * creation.
   */
  async *listOrganizations(account: string, since = new Date(0)): AsyncIterable<StoredOrganization> {
    let after = '';
    for (;;) {
      const page = this.#run(() => this.#statements.listOrganizations.all(account, after, since.getTime(), PAGE_SIZE));
      for (const row of page) {
        const id = String(row.organization_id);
        const parties = this.#run(() => this.#statements.listParties.all(account, id));
        const [owner, ...members] = parties.map((party) => ({
          id: String(party.customer_id),
          name: String(party.name),
        }));
        if (!owner) throw new Error(`Organization ${id} has no owner.`);
        yield { id, owner, members, createdAt: new Date(Number(row.created_at)) };
        after = id;
      }
      if (page.length < PAGE_SIZE) return;
    }
  }

  async purgeIdempotencyKeys(limit: number): Promise<number> {
    const expiredAt = this.#now() - IDEMPOTENCY_TTL_MS;
    this.#checkFiles();
    const { changes } = this.#run(() => this.#statements.purgeIdempotencyKeys.run(expiredAt, limit));
    return Number(changes);
  }

  async isEmpty(): Promise<boolean> {
    return this.#run(() => this.#statements.countAccounts.get())?.n === 0;
  }

  /**
   * Writes the schema version once more, which changes nothing but goes through the lock, the log and the disk like a
   * create. Then rehearses a create: a damaged page shows only when it is read.
   */
  async check(): Promise<void> {
    const database = this.#database;
    await this.#commits.run(() => {
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
      work();
    } catch (error) {
      if (resultCodeOf(error) === 'BUSY') return;
      this.#noteDamage(toStoreError(error), this.#damagedWork ?? (() => this.#createSample()));
      throw toStoreError(error);
    } finally {
      // Some errors have already rolled back.
      if (database.isTransaction) database.exec('ROLLBACK');
    }
  }

  /** Creates an organization of any customer, if there is one. */
  #createSample(): void {
    const row = this.#statements.findAnyCustomer.get();
    if (!row) return;
    const [account, ownerId] = [String(row.account_id), String(row.customer_id)];
    const idempotency = { key: 'readiness', fingerprint: new Uint8Array(32) };
    const organization = { account, id: uuidv7(), ownerId, memberIds: [ownerId], idempotency };
    createOrganization(this.#statements, organization, this.#now());
  }

  async close(): Promise<void> {
    await this.#commits.drain();
    // Throws: a checkpoint, which closing runs, would damage a truncated database further.
    if (this.#truncationGuard?.isTruncated) this.#truncationGuard.check();
    clearInterval(this.#checkpoints);
    if (this.#isServing) this.#forgetOpened();
    this.#truncationGuard?.close();
    this.#database.close();
  }

  /** If it fails, the file still has its own inode, which nobody takes for a copy. */
  #forgetOpened(): void {
    try {
      this.#checkFiles();
      forgetOpened(this.#database);
    } catch (error) {
      if (!(toStoreError(error) instanceof StoreUnavailableError)) throw error;
    }
  }

  /**
   * Moves the log into the file while nothing is committed, so that little is missing from a copy of the file alone.
   * Under load SQLite does so every 16 MB.
   */
  #checkpointAtRest(): void {
    if (performance.now() - this.#commits.lastCommitMs < REST_MS) return;
    try {
      this.#checkFiles();
      const log = this.#database.prepare('PRAGMA wal_checkpoint(NOOP)').get();
      if (Number(log?.log) > Number(log?.checkpointed)) this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch (error) {
      // The next commit fails as well, and reports it.
      if (!(toStoreError(error) instanceof StoreUnavailableError)) throw error;
    }
  }

  #write<T>(work: () => T): Promise<T> {
    return waitForLock(() => {
      this.#checkFiles();
      return work();
    });
  }

  /** Runs a statement and maps its errors. One that writes fails while the file is locked. */
  #run<T>(work: () => T, onError: (error: unknown) => void = () => {}): T {
    try {
      return work();
    } catch (cause) {
      const error = toStoreError(cause);
      onError(error);
      const code = resultCodeOf(cause);
      // A truncated file may be the cause, and SQLite's message would be misleading then.
      if (code === 'IOERR' || code === 'CORRUPT') this.#truncationGuard?.check();
      throw error;
    }
  }
}
