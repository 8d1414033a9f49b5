// The store on SQLite: one file, for one or a few processes of the same machine.
import type { DatabaseSync } from 'node:sqlite';
import { ApiKeyCache } from '../api-key-cache.ts';
import { type Change, describeActor, type StoredEvent, withKey } from '../events.ts';
import type { Account, ApiKey, ApiKeyUse, Customer, ListedApiKey, StoredOrganization } from '../records.ts';
import {
  type AccountContents,
  type AccountDeletion,
  type AccountDeletionOptions,
  type AccountRenaming,
  type CreateOutcome,
  type CustomerDeletion,
  IDEMPOTENCY_TTL_MS,
  type ImportCount,
  type ImportOptions,
  type NewOrganization,
  type Store,
  type StoreObserver,
} from '../store.ts';
import { addAccount, deleteAccount, findAccount, listAccounts, renameAccount } from './accounts/accounts.ts';
import {
  addApiKey,
  disableApiKey,
  enableApiKey,
  findApiKey,
  listApiKeys,
  pinApiKey,
  revokeApiKey,
  rotateApiKey,
} from './accounts/api-keys.ts';
import { addEvent, listEvents } from './accounts/events.ts';
import { countContents, deleteCustomer, deleteOrganization } from './contents/erase.ts';
import { findOrganization, listCustomers, listOrganizations } from './contents/listings.ts';
import { Creates } from './creates/creates.ts';
import { FileChecks } from './file/guards/file-checks.ts';
import { explainOpening, openDatabase } from './file/open.ts';
import { describeCopy, rememberOpened } from './file/opened-file.ts';
import { MEMORY } from './file/path-violation.ts';
import { lockServing } from './file/process-lock.ts';
import { importCustomers } from './import/import-customers.ts';
import type { ImportContext } from './import/large-import.ts';
import type { SqliteOptions } from './options.ts';
import { Session } from './session.ts';
import { prepareStatements, type Statements } from './statements.ts';
import { Upkeep } from './upkeep.ts';

/**
 * Opens a store on SQLite, in one file that several processes of a machine may share. Creates the file if it does not
 * exist, readable by this user only, and updates its schema. Uses WAL mode with `synchronous=FULL`: when a promise
 * resolves, its change is on the disk.
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
      if (rememberOpened(database, path)) onWarning(describeCopy(database, path));
    }
    return new SqliteStore(database, { path, now, observer, actor, isServing: onWarning !== undefined, lock });
  } catch (error) {
    lock?.[Symbol.dispose]();
    database.close();
    throw explainOpening(error, path);
  }
}

/** The time for which requests share a lookup. A revocation by another process takes effect after this time. */
const API_KEY_TTL_MS = 10;

/** A last use that is further in the future is wrong. Uses are recorded at most half a minute late. */
const FUTURE_MS = 60_000;

interface SqliteStoreOptions extends Required<Pick<SqliteOptions, 'path' | 'now' | 'actor'>> {
  observer: StoreObserver | undefined;
  /** Whether a server has the file open, rather than a command. */
  isServing: boolean;
  /** The lock of a server, which ensures that it is the only one. */
  lock: Disposable | undefined;
}

class SqliteStore implements Store {
  readonly #database: DatabaseSync;
  readonly #now: () => number;
  readonly #actor: string;
  readonly #statements: Statements;
  readonly #files: FileChecks;
  readonly #session: Session;
  readonly #importContext: ImportContext;
  readonly #creates: Creates;
  /** The upkeep by a server; undefined if a command has the file open. */
  readonly #upkeep: Upkeep | undefined;
  readonly #lock: Disposable | undefined;
  /** Caches keys, because a lookup locks the file and takes longer than the rest of an authentication. */
  readonly #apiKeys: ApiKeyCache;

  constructor(database: DatabaseSync, { path, now, observer, actor, isServing, lock }: SqliteStoreOptions) {
    this.#lock = lock;
    this.#actor = actor;
    this.#database = database;
    this.#now = now;
    this.#apiKeys = new ApiKeyCache(async (clientId) => this.#findApiKey(clientId), now, { ttlMs: API_KEY_TTL_MS });
    this.#statements = prepareStatements(database);
    this.#files = new FileChecks(database, path);
    const checkFiles = () => this.#files.check();
    this.#session = new Session(database, { statements: this.#statements, files: this.#files, actor, now });
    this.#importContext = { database, path: path === MEMORY ? undefined : path, now, checkFiles };
    this.#creates = new Creates(database, { statements: this.#statements, files: this.#files, now, observer });
    const upkept = { files: this.#files, commits: this.#creates.commits, importContext: this.#importContext };
    this.#upkeep = isServing ? new Upkeep(database, upkept) : undefined;
  }

  async createOrganization(organization: NewOrganization, pause?: () => Promise<void>): Promise<CreateOutcome> {
    return this.#creates.create(organization, pause);
  }

  async findApiKey(clientId: string): Promise<ApiKey | undefined> {
    return this.#apiKeys.find(clientId);
  }

  #findApiKey(clientId: string): ApiKey | undefined {
    const find = () => findApiKey(this.#statements, clientId, this.#now());
    return this.#session.run(find, (error) => this.#creates.noteDamage(error, find));
  }

  async addAccount(name: string): Promise<string> {
    return this.#session.change(() => addAccount(this.#statements, name, this.#now()));
  }

  async addAccountWithKey(name: string, key: Omit<ApiKey, 'account'>): Promise<boolean> {
    return this.#session.change(() => {
      const added = addAccount(this.#statements, name, this.#now());
      return withKey(added, addApiKey(this.#statements, { ...key, account: added.result }, this.#now()));
    });
  }

  async listAccounts(): Promise<Account[]> {
    return this.#session.run(() => listAccounts(this.#statements));
  }

  async findAccount(name: string): Promise<string | undefined> {
    return this.#session.run(() => findAccount(this.#statements, name));
  }

  async addApiKey(key: ApiKey): Promise<void> {
    await this.#session.change(() => addApiKey(this.#statements, key, this.#now()));
    this.#apiKeys.delete(key.clientId);
  }

  async listApiKeys(account: string): Promise<ListedApiKey[]> {
    return this.#session.run(() => listApiKeys(this.#statements, account));
  }

  async revokeApiKey(clientId: string): Promise<boolean> {
    return this.#changeApiKey(clientId, () => revokeApiKey(this.#statements, clientId, this.#now()));
  }

  async setApiKeyDisabled(clientId: string, isDisabled: boolean): Promise<boolean> {
    const set = isDisabled ? disableApiKey : enableApiKey;
    return this.#changeApiKey(clientId, () => set(this.#statements, clientId, this.#now()));
  }

  async pinApiKey(clientId: string, version: string | undefined): Promise<boolean> {
    return this.#changeApiKey(clientId, () => pinApiKey(this.#statements, clientId, version));
  }

  async rotateApiKey(clientId: string, secretHash: Uint8Array, previousExpiresAt: Date): Promise<boolean> {
    const rotate = () => rotateApiKey(this.#statements, clientId, secretHash, previousExpiresAt);
    return this.#changeApiKey(clientId, rotate);
  }

  async #changeApiKey(clientId: string, work: () => Change<boolean>): Promise<boolean> {
    const isChanged = await this.#session.change(work);
    this.#apiKeys.delete(clientId);
    return isChanged;
  }

  async recordApiKeyUses(uses: readonly ApiKeyUse[]): Promise<void> {
    await this.#session.change(() => {
      const futureMs = this.#now() + FUTURE_MS;
      for (const { clientId, usedAt } of uses)
        this.#statements.recordApiKeyUse.run(clientId, usedAt.getTime(), futureMs);
      return { result: undefined };
    });
  }

  listEvents(account?: string, since = new Date(0)): AsyncIterable<StoredEvent> {
    return this.#session.iterate(listEvents(this.#statements, account, since));
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
    return this.#session.iterate(listOrganizations(this.#statements, account, since));
  }

  async findOrganization(account: string, id: string): Promise<StoredOrganization | undefined> {
    return this.#session.run(() => findOrganization(this.#statements, account, id));
  }

  async deleteOrganization(account: string, id: string): Promise<boolean> {
    return this.#session.erase(() => {
      const result = deleteOrganization(this.#database, account, id);
      return { result, ...(result && { event: { account, type: 'organization.deleted', subject: id } }) };
    });
  }

  listCustomers(account: string): AsyncIterable<Customer> {
    return this.#session.iterate(listCustomers(this.#statements, account));
  }

  async findCustomer(account: string, id: string): Promise<Customer | undefined> {
    const row = this.#session.run(() => this.#statements.findCustomer.get(account, id));
    return row && { id, name: String(row.name) };
  }

  async deleteCustomer(account: string, id: string): Promise<CustomerDeletion> {
    return this.#session.erase(() => {
      const result = deleteCustomer(this.#database, account, id);
      return {
        result,
        ...(result.kind === 'deleted' && { event: { account, type: 'customer.deleted', subject: id } }),
      };
    });
  }

  async countContents(account: string): Promise<AccountContents> {
    return this.#session.run(() => countContents(this.#database, account));
  }

  async renameAccount(account: string, name: string): Promise<AccountRenaming> {
    return this.#session.change(() => renameAccount(this.#statements, account, name));
  }

  async deleteAccount(account: string, options: AccountDeletionOptions = {}): Promise<AccountDeletion> {
    return this.#session.erase(() => deleteAccount(this.#database, this.#statements, account, options));
  }

  async purgeIdempotencyKeys(limit: number): Promise<number> {
    const expiredAt = this.#now() - IDEMPOTENCY_TTL_MS;
    const { changes } = this.#session.run(() => {
      this.#files.check();
      return this.#statements.purgeIdempotencyKeys.run(expiredAt, limit);
    });
    return Number(changes);
  }

  async isEmpty(): Promise<boolean> {
    return this.#session.run(() => this.#statements.countAccounts.get())?.n === 0;
  }

  async check(): Promise<void> {
    await this.#creates.check();
  }

  async close(): Promise<void> {
    await this.#creates.close();
    await this.#upkeep?.stop();
    // Throws, because closing runs a checkpoint, which would damage a truncated database further.
    if (this.#files.isTruncated) this.#files.checkTruncation();
    this.#upkeep?.forgetOpened();
    this.#files.close();
    this.#database.close();
    this.#lock?.[Symbol.dispose]();
  }
}
