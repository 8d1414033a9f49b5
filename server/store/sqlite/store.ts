// The store on SQLite: one file, for one process or a few of the same machine.
import type { DatabaseSync } from 'node:sqlite';
import { resultCodeOf } from '../../sqlite/result-code.ts';
import { ApiKeyCache } from '../api-key-cache.ts';
import { describeActor, type EventType, type NewEvent, type StoredEvent } from '../events.ts';
import type { MigrateMode } from '../migrations.ts';
import type { Account, ApiKey, ApiKeyUse, Customer, ListedApiKey, StoredOrganization } from '../records.ts';
import {
  type AccountContents,
  type AccountDeletion,
  type AccountDeletionOptions,
  type CreateOutcome,
  type CustomerDeletion,
  IDEMPOTENCY_TTL_MS,
  type ImportCount,
  type ImportOptions,
  type NewOrganization,
  type Store,
  type StoreObserver,
} from '../store.ts';
import { StoreOpenError, StoreUnavailableError } from '../store-errors.ts';
import { addAccount, deleteAccount, findAccount, listAccounts, renameAccount } from './accounts.ts';
import { addApiKey, findApiKey, listApiKeys } from './api-keys.ts';
import { createOrganization, type PublishedImport } from './create-organization.ts';
import { countContents, deleteCustomer, deleteOrganization } from './erase.ts';
import { toStoreError } from './errors.ts';
import { addEvent, type Change, listEvents } from './events.ts';
import { emptyLog } from './file/empty-log.ts';
import { guardFiles } from './file/file-guard.ts';
import { waitForLock } from './file/lock.ts';
import { MEMORY, openDatabase } from './file/open.ts';
import { describeCopy, forgetOpened, rememberOpened } from './file/opened-file.ts';
import { tryLock } from './file/process-lock.ts';
import { TruncationGuard } from './file/truncation-guard.ts';
import { GroupCommit } from './group-commit.ts';
import { importCustomers } from './import/import-customers.ts';
import { finishLeftImports, type ImportContext } from './import/large-import.ts';
import { findOrganization, listCustomers, listOrganizations } from './listings.ts';
import { Readiness } from './readiness.ts';
import { prepareStatements, type Statements } from './statements.ts';
import { transact } from './transact.ts';

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
   * created in an empty database, and an older one is an error. `existing`: the other way round. Default: true.
   */
  migrate?: MigrateMode;
  /**
   * Gets a sentence for what works, but is likely to be a mistake, such as a copy of an open file. With it, the store
   * is that of a server, of which a file has one at a time. Default: nothing is checked.
   */
  onWarning?: (message: string) => void;
  /** Who makes changes, for the audit trail. Default: the user and the host of this process. */
  actor?: string;
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
  const { path, now = Date.now, observer, migrate = true, onWarning, actor = describeActor() } = options;
  const database = openDatabase(path, { migrate });
  let lock: Disposable | undefined;
  try {
    if (onWarning && path !== MEMORY) {
      lock = lockServing(path);
      if (rememberOpened(database, path)) onWarning(describeCopy(path));
    }
    return new SqliteStore(database, { path, now, observer, actor, isServing: onWarning !== undefined, lock });
  } catch (error) {
    lock?.[Symbol.dispose]();
    database.close();
    // Damaged while another process has it open.
    throw error instanceof StoreUnavailableError ? new StoreOpenError(error.message, { cause: error }) : error;
  }
}

/** @throws StoreOpenError while another server has the file open */
function lockServing(path: string): Disposable {
  const lock = tryLock(path, '-serve');
  if (lock) return lock;
  throw new StoreOpenError(
    `${path} is served by another process. SQLite is for one server: end that one, or use PostgreSQL for several.`,
    { mayPass: true },
  );
}

/** Lets a burst of requests share a lookup. A revocation by another process takes effect after this time. */
const API_KEY_TTL_MS = 10;

/** How often a server tidies up, and how long nothing must have been committed then. */
const TIDY_INTERVAL_MS = 1000;
const REST_MS = 250;

class SqliteStore implements Store {
  readonly #database: DatabaseSync;
  readonly #now: () => number;
  readonly #actor: string;
  readonly #statements: Statements;
  readonly #truncationGuard: TruncationGuard | undefined;
  readonly #checkFiles: () => void;
  readonly #importContext: ImportContext;
  readonly #commits: GroupCommit;
  readonly #readiness: Readiness;
  /** A lookup locks the file for a moment, and takes longer than the rest of an authentication. */
  readonly #apiKeys: ApiKeyCache;

  /** Whether a server has the file open, and not a command. */
  readonly #isServing: boolean;
  /** Held by a server, so that it is the only one. */
  readonly #lock: Disposable | undefined;
  readonly #tidying: NodeJS.Timeout | undefined;
  readonly #closing = new AbortController();
  /** The end of imports that others have left, while it is under way. */
  #finishing: Promise<void> | undefined;
  /** The large import whose customers are visible, and not moved yet, as of the current transaction. */
  #published: PublishedImport | undefined;
  constructor(
    database: DatabaseSync,
    {
      path,
      now,
      observer,
      actor,
      isServing,
      lock,
    }: Required<Pick<SqliteOptions, 'path' | 'now'>> & {
      observer: StoreObserver | undefined;
      actor: string;
      isServing: boolean;
      lock: Disposable | undefined;
    },
  ) {
    this.#lock = lock;
    this.#actor = actor;
    this.#database = database;
    this.#now = now;
    this.#apiKeys = new ApiKeyCache(async (clientId) => this.#findApiKey(clientId), now, { ttlMs: API_KEY_TTL_MS });
    this.#isServing = isServing;
    this.#statements = prepareStatements(database);
    const checkNames = path === MEMORY ? undefined : guardFiles(path);
    this.#truncationGuard = path === MEMORY ? undefined : new TruncationGuard(database, path);
    this.#checkFiles = () => {
      checkNames?.();
      this.#truncationGuard?.check();
    };
    this.#checkFiles();
    this.#importContext = {
      database,
      path: path === MEMORY ? undefined : path,
      now,
      checkFiles: this.#checkFiles,
    };
    this.#commits = new GroupCommit(database, this.#checkFiles, observer, () => this.#readPublished());
    this.#readiness = new Readiness(database, {
      statements: this.#statements,
      commits: this.#commits,
      begin: () => this.#readPublished(),
      create: (organization) => this.#create(organization),
    });
    if (isServing) this.#finishing = this.#finishLeftImports();
    if (isServing) this.#tidying = setInterval(() => this.#tidyAtRest(), TIDY_INTERVAL_MS).unref();
  }

  async #finishLeftImports(): Promise<void> {
    await finishLeftImports(this.#importContext, this.#closing.signal);
    this.#finishing = undefined;
  }

  async createOrganization(organization: NewOrganization): Promise<CreateOutcome> {
    const create = () => this.#create(organization);
    try {
      return await this.#commits.run(create);
    } catch (error) {
      this.#readiness.noteDamage(error, create);
      throw error;
    }
  }

  #create(organization: NewOrganization): CreateOutcome {
    return createOrganization(this.#statements, organization, this.#now(), this.#published);
  }

  /** Once for all creates of a transaction: it costs as much as reading the name of a customer. */
  #readPublished(): void {
    const row = this.#statements.findPublishedImport.get();
    this.#published = row && { id: Number(row.import_id), account: String(row.account_id) };
  }

  async findApiKey(clientId: string): Promise<ApiKey | undefined> {
    return this.#apiKeys.find(clientId);
  }

  #findApiKey(clientId: string): ApiKey | undefined {
    const find = () => findApiKey(this.#statements, clientId, this.#now());
    return this.#run(find, (error) => this.#readiness.noteDamage(error, find));
  }

  async addAccount(name: string): Promise<string> {
    return this.#change(() => addAccount(this.#statements, name, this.#now()));
  }

  async listAccounts(): Promise<Account[]> {
    return this.#run(() => listAccounts(this.#statements));
  }

  async findAccount(name: string): Promise<string | undefined> {
    return this.#run(() => findAccount(this.#statements, name));
  }

  async addApiKey(key: ApiKey): Promise<void> {
    await this.#change(() => addApiKey(this.#statements, key, this.#now()));
    this.#apiKeys.delete(key.clientId);
  }

  async listApiKeys(account: string): Promise<ListedApiKey[]> {
    return this.#run(() => listApiKeys(this.#statements, account));
  }

  async revokeApiKey(clientId: string): Promise<boolean> {
    return this.#changeApiKey(clientId, 'key.revoked', () => this.#statements.revokeApiKey.all(this.#now(), clientId));
  }

  async setApiKeyDisabled(clientId: string, isDisabled: boolean): Promise<boolean> {
    return this.#changeApiKey(clientId, isDisabled ? 'key.disabled' : 'key.enabled', () =>
      isDisabled
        ? this.#statements.disableApiKey.all(this.#now(), clientId)
        : this.#statements.enableApiKey.all(clientId),
    );
  }

  async pinApiKey(clientId: string, version: string | undefined): Promise<boolean> {
    const pinnedVersion = version ?? null;
    const update = () => this.#statements.pinApiKey.all(pinnedVersion, clientId);
    return this.#changeApiKey(clientId, 'key.pinned', update, { pinnedVersion });
  }

  async rotateApiKey(clientId: string, secretHash: Uint8Array, previousExpiresAt: Date): Promise<boolean> {
    return this.#changeApiKey(
      clientId,
      'key.rotated',
      () => this.#statements.rotateApiKey.all(previousExpiresAt.getTime(), secretHash, clientId),
      { previousExpiresAt: previousExpiresAt.toISOString() },
    );
  }

  /** `update` returns the account of the key as its only row, or no row if there is nothing to change. */
  async #changeApiKey(
    clientId: string,
    type: EventType,
    update: () => Record<string, unknown>[],
    details: NewEvent['details'] = {},
  ): Promise<boolean> {
    const isChanged = await this.#change(() => {
      const [row] = update();
      if (!row) return { result: false };
      return { result: true, event: { account: String(row.account_id), type, subject: clientId, details } };
    });
    this.#apiKeys.delete(clientId);
    return isChanged;
  }

  async recordApiKeyUses(uses: readonly ApiKeyUse[]): Promise<void> {
    await this.#change(() => {
      for (const { clientId, usedAt } of uses) this.#statements.recordApiKeyUse.run(clientId, usedAt.getTime());
      return { result: undefined };
    });
  }

  listEvents(account?: string, since = new Date(0)): AsyncIterable<StoredEvent> {
    return this.#iterate(listEvents(this.#statements, account, since));
  }

  /** Reads a listing as it is consumed. */
  async *#iterate<T>(rows: Generator<T, void>): AsyncIterable<T> {
    for (;;) {
      const next = this.#run(() => rows.next());
      if (next.done) return;
      yield next.value;
    }
  }

  async importCustomers(
    account: string,
    customers: AsyncIterable<Customer[]>,
    options: ImportOptions = {},
  ): Promise<ImportCount> {
    const onImported = ({ added, renamed, unchanged }: ImportCount) => {
      const event = {
        account,
        type: 'customers.imported',
        subject: account,
        details: { added, renamed, unchanged },
      } as const;
      addEvent(this.#statements, event, this.#actor, this.#now());
    };
    return importCustomers(account, customers, { ...options, ...this.#importContext, onImported });
  }

  listOrganizations(account: string, since = new Date(0)): AsyncIterable<StoredOrganization> {
    return this.#iterate(listOrganizations(this.#statements, account, since));
  }

  async findOrganization(account: string, id: string): Promise<StoredOrganization | undefined> {
    return this.#run(() => findOrganization(this.#statements, account, id));
  }

  async deleteOrganization(account: string, id: string): Promise<boolean> {
    return this.#erase(() => {
      const result = deleteOrganization(this.#database, account, id);
      return { result, ...(result && { event: { account, type: 'organization.deleted', subject: id } }) };
    });
  }

  listCustomers(account: string): AsyncIterable<Customer> {
    return this.#iterate(listCustomers(this.#statements, account));
  }

  async findCustomer(account: string, id: string): Promise<Customer | undefined> {
    const row = this.#run(() => this.#statements.findCustomer.get(account, id));
    return row && { id, name: String(row.name) };
  }

  async deleteCustomer(account: string, id: string): Promise<CustomerDeletion> {
    return this.#erase(() => {
      const result = deleteCustomer(this.#database, account, id);
      return {
        result,
        ...(result.kind === 'deleted' && { event: { account, type: 'customer.deleted', subject: id } }),
      };
    });
  }

  async countContents(account: string): Promise<AccountContents> {
    return this.#run(() => countContents(this.#database, account));
  }

  async renameAccount(account: string, name: string): Promise<boolean> {
    return this.#change(() => renameAccount(this.#statements, account, name));
  }

  async deleteAccount(account: string, options: AccountDeletionOptions = {}): Promise<AccountDeletion> {
    return this.#erase(() => deleteAccount(this.#database, this.#statements, account, options));
  }

  /** A change whose deletions are overwritten with zeros, and not only marked as free. */
  async #erase<T>(work: () => Change<T>): Promise<T> {
    this.#database.exec('PRAGMA secure_delete = ON');
    return this.#change(work).finally(() => this.#database.exec('PRAGMA secure_delete = OFF'));
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

  async check(): Promise<void> {
    await this.#readiness.check();
  }

  async close(): Promise<void> {
    await this.#commits.drain();
    this.#closing.abort();
    await this.#finishing;
    // Throws: a checkpoint, which closing runs, would damage a truncated database further.
    if (this.#truncationGuard?.isTruncated) this.#truncationGuard.check();
    clearInterval(this.#tidying);
    if (this.#isServing) this.#forgetOpened();
    this.#truncationGuard?.close();
    this.#database.close();
    this.#lock?.[Symbol.dispose]();
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
   * Moves the log into the file while nothing is committed, so that little is missing from a copy of the file alone,
   * and ends imports that others have left meanwhile. Under load SQLite empties the log every 16 MB.
   */
  #tidyAtRest(): void {
    if (performance.now() - this.#commits.lastCommitMs < REST_MS) return;
    try {
      this.#checkFiles();
      // Also when all of it is in the file: what was rolled back takes space that a full disk does not have.
      if (this.#truncationGuard?.isLogEmpty() === false) emptyLog(this.#database);
      this.#finishing ??= this.#finishLeftImports();
    } catch (error) {
      // The next commit fails as well, and reports it.
      if (!(toStoreError(error) instanceof StoreUnavailableError)) throw error;
    }
  }

  /** Changes something, and stores the event of the change in the same transaction. */
  #change<T>(work: () => Change<T>): Promise<T> {
    return this.#write(() =>
      transact(this.#database, 'BEGIN IMMEDIATE', () => {
        const { result, event } = work();
        if (event) addEvent(this.#statements, event, this.#actor, this.#now());
        return result;
      }),
    );
  }

  async #write<T>(work: () => T): Promise<T> {
    try {
      return await waitForLock(() => {
        this.#checkFiles();
        return work();
      });
    } catch (error) {
      // What was rolled back still takes space.
      if (error instanceof StoreUnavailableError && error.kind === 'full') emptyLog(this.#database);
      throw error;
    }
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
