// The store on PostgreSQL: one database for any number of processes.
import { ApiKeyCache } from '../api-key-cache.ts';
import { describeActor, type EventType, type NewEvent, type StoredEvent, withKey } from '../events.ts';
import type { Account, ApiKey, ApiKeyUse, Customer, ListedApiKey, StoredOrganization } from '../records.ts';
import {
  type AccountContents,
  type AccountDeletion,
  type AccountDeletionOptions,
  type AccountRenaming,
  type ConnectionCount,
  type CreateOutcome,
  type CustomerDeletion,
  IDEMPOTENCY_TTL_MS,
  type ImportCount,
  type ImportOptions,
  type NewOrganization,
  type RequestReservation,
  type RequestWindow,
  type Store,
} from '../store.ts';
import { addAccount, deleteAccount, findAccount, listAccounts, renameAccount } from './accounts/accounts.ts';
import {
  addApiKey,
  findApiKey,
  listApiKeys,
  pinApiKey,
  recordApiKeyUses,
  revokeApiKey,
  rotateApiKey,
  setApiKeyDisabled,
} from './accounts/api-keys.ts';
import { listEvents } from './accounts/events.ts';
import type { DatabaseAddress } from './address/address.ts';
import { describeMissingTls } from './address/tls.ts';
import { parseDatabaseUrl } from './address/url.ts';
import { ClockSkew } from './connection/clock-skew.ts';
import { ConnectionPool } from './connection/connection-pool.ts';
import type { Query } from './connection/query.ts';
import { describeSlots } from './connection/slots.ts';
import { countContents, deleteCustomer, deleteOrganization } from './contents/erase.ts';
import { needsErasureIndexes, withErasureIndexes } from './contents/erasure-indexes.ts';
import { listCustomers } from './contents/list-customers.ts';
import { findOrganization, listOrganizations } from './contents/list-organizations.ts';
import { Creates } from './creates/creates.ts';
import { purgeIdempotencyKeys } from './creates/purge-idempotency-keys.ts';
import { importCustomers } from './import/import-customers.ts';
import type { PostgresOptions } from './options.ts';
import { reserveRequests } from './reserve-requests.ts';
import { prepareSchema } from './schema/migrate.ts';
import { Session } from './session.ts';

/** Opens a store on PostgreSQL, and updates its schema. @throws StoreOpenError; Error when the URL is invalid */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const address = parseDatabaseUrl(options.url);
  const {
    poolSize = 10,
    timeoutMs = 2800,
    idleTimeoutMs = 10_000,
    commitTimeoutMs,
    migrate = true,
    onWarning,
  } = options;
  const { now = Date.now } = options;
  const { pooled, slots, hosts, skewMs } = await prepareSchema(address, { migrate, now });
  for (const warning of [describeMissingTls(address), slots && describeSlots(slots, poolSize)])
    if (warning !== undefined) onWarning?.(warning);
  const current = { ...address, ...hosts[0], hosts };
  const pool = new ConnectionPool(current, { poolSize, timeoutMs, idleTimeoutMs, pooled, commitTimeoutMs });
  const skew = new ClockSkew(options.onClockSkew);
  skew.record(skewMs);
  return new PostgresStore(pool, { ...options, address: current, skew, poolSize, timeoutMs });
}

/** The time limit for finding an API key, and for counting a request. The create has the rest of the request's 5 s. */
const STEP_LIMIT_MS = 1000;

type PostgresStoreOptions = PostgresOptions &
  Required<Pick<PostgresOptions, 'poolSize' | 'timeoutMs'>> & { address: DatabaseAddress; skew: ClockSkew };

class PostgresStore implements Store {
  readonly #address: DatabaseAddress;
  readonly #pool: ConnectionPool;
  readonly #session: Session;
  readonly #now: () => number;
  readonly #skew: ClockSkew;
  readonly #apiKeys: ApiKeyCache;
  readonly #creates: Creates;

  constructor(pool: ConnectionPool, options: PostgresStoreOptions) {
    const { now = Date.now, apiKeys, observer, actor, skew, poolSize, timeoutMs, countsRequests = true } = options;
    this.#session = new Session(pool, { actor: actor ?? describeActor(), now });
    this.#address = options.address;
    this.#pool = pool;
    this.#now = now;
    this.#skew = skew;
    const limits = { poolSize, timeoutMs, countsRequests };
    this.#creates = new Creates(pool, { session: this.#session, now, observer, skew, ...limits });
    this.#apiKeys = new ApiKeyCache((clientId) => this.#findApiKey(clientId), now, apiKeys);
  }

  async createOrganization(organization: NewOrganization): Promise<CreateOutcome> {
    return this.#creates.create(organization);
  }

  async findApiKey(clientId: string): Promise<ApiKey | undefined> {
    return this.#apiKeys.find(clientId);
  }

  async #findApiKey(clientId: string): Promise<ApiKey | undefined> {
    if (clientId.includes('\0')) return undefined; // PostgreSQL cannot store it in text.
    const limits = { repeatable: true, limitMs: STEP_LIMIT_MS };
    return this.#pool.run((query) => findApiKey(query, clientId, this.#timestamp()), limits);
  }

  async findAccount(name: string): Promise<string | undefined> {
    return findAccount(this.#session.read, name);
  }

  async addAccount(name: string): Promise<string> {
    return this.#session.change((query) => addAccount(query, name, this.#timestamp()));
  }

  async addAccountWithKey(name: string, key: Omit<ApiKey, 'account'>): Promise<boolean> {
    return this.#session.change(async (query) => {
      const added = await addAccount(query, name, this.#timestamp());
      return withKey(added, await addApiKey(query, { ...key, account: added.result }, this.#timestamp()));
    });
  }

  async listAccounts(): Promise<Account[]> {
    return listAccounts(this.#session.read);
  }

  async addApiKey(key: ApiKey): Promise<void> {
    await this.#session.change((query) => addApiKey(query, key, this.#timestamp()));
  }

  async listApiKeys(account: string): Promise<ListedApiKey[]> {
    return listApiKeys(this.#session.read, account);
  }

  async revokeApiKey(clientId: string): Promise<boolean> {
    return this.#changeApiKey(clientId, 'key.revoked', (query) => revokeApiKey(query, clientId, this.#timestamp()));
  }

  async setApiKeyDisabled(clientId: string, isDisabled: boolean): Promise<boolean> {
    return this.#changeApiKey(clientId, isDisabled ? 'key.disabled' : 'key.enabled', (query) =>
      setApiKeyDisabled(query, clientId, isDisabled, this.#timestamp()),
    );
  }

  async pinApiKey(clientId: string, version: string | undefined): Promise<boolean> {
    const pinnedVersion = version ?? null;
    const update = (query: Query) => pinApiKey(query, clientId, pinnedVersion);
    return this.#changeApiKey(clientId, 'key.pinned', update, { pinnedVersion });
  }

  async rotateApiKey(clientId: string, secretHash: Uint8Array, previousExpiresAt: Date): Promise<boolean> {
    return this.#changeApiKey(
      clientId,
      'key.rotated',
      (query) => rotateApiKey(query, clientId, secretHash, previousExpiresAt),
      { previousExpiresAt: previousExpiresAt.toISOString() },
    );
  }

  /** Changes a key. `update` returns the account of the key, or undefined if there is nothing to change. */
  async #changeApiKey(
    clientId: string,
    type: EventType,
    update: (query: Query) => Promise<string | undefined>,
    details: NewEvent['details'] = {},
  ): Promise<boolean> {
    const isChanged = await this.#session.change(async (query) => {
      const account = await update(query);
      if (account === undefined) return { result: false };
      return { result: true, event: { account, type, subject: clientId, details } };
    });
    this.#apiKeys.delete(clientId);
    return isChanged;
  }

  async recordApiKeyUses(uses: readonly ApiKeyUse[]): Promise<void> {
    await recordApiKeyUses(this.#session.write, uses);
  }

  async *listEvents(account?: string, since = new Date(0)): AsyncIterable<StoredEvent> {
    yield* listEvents(this.#session.read, account, since);
  }

  /** Reserves requests. Not retried when the connection breaks, because that might count them twice. */
  async reserveRequests(reservation: RequestReservation): Promise<RequestWindow> {
    const reserve = (query: Query) => reserveRequests(query, reservation);
    return this.#session.commits.run(() => this.#pool.run(reserve, { repeatable: false, limitMs: STEP_LIMIT_MS }));
  }

  async importCustomers(
    account: string,
    customers: AsyncIterable<Customer[]>,
    options: ImportOptions = {},
  ): Promise<ImportCount> {
    if (options.dryRun) return this.#pool.transact((query) => importCustomers(query, account, customers, options));
    return this.#session.change(async (query) => {
      const count = await importCustomers(query, account, customers, options);
      const { added, renamed, unchanged } = count;
      const details = { added, renamed, unchanged };
      return { result: count, event: { account, type: 'customers.imported', subject: account, details } };
    }, options.signal);
  }

  async *listOrganizations(account: string, since = new Date(0)): AsyncIterable<StoredOrganization> {
    yield* listOrganizations(this.#session.read, account, since);
  }

  async findOrganization(account: string, id: string): Promise<StoredOrganization | undefined> {
    return findOrganization(this.#session.read, account, id);
  }

  async deleteOrganization(account: string, id: string): Promise<boolean> {
    return this.#session.change(async (query) => {
      const result = await deleteOrganization(query, account, id);
      return { result, ...(result && { event: { account, type: 'organization.deleted', subject: id } }) };
    });
  }

  async *listCustomers(account: string): AsyncIterable<Customer> {
    yield* listCustomers(this.#session.read, account);
  }

  async findCustomer(account: string, id: string): Promise<Customer | undefined> {
    const text = 'SELECT name FROM customers WHERE account_id = $1 AND customer_id = $2';
    const [row] = await this.#session.read<{ name: string }>({ text, values: [account, id] });
    return row && { id, name: row.name };
  }

  async deleteCustomer(account: string, id: string): Promise<CustomerDeletion> {
    return this.#session.change(async (query) => {
      const result = await deleteCustomer(query, account, id);
      return {
        result,
        ...(result.kind === 'deleted' && { event: { account, type: 'customer.deleted', subject: id } }),
      };
    });
  }

  async countContents(account: string): Promise<AccountContents> {
    return this.#pool.transact((query) => countContents(query, account));
  }

  async renameAccount(account: string, name: string): Promise<AccountRenaming> {
    return this.#session.change((query) => renameAccount(query, account, name));
  }

  async deleteAccount(account: string, options: AccountDeletionOptions = {}): Promise<AccountDeletion> {
    const { onWait = () => {} } = options;
    const erase = (hasIndexes: boolean) =>
      this.#session.change((query) => deleteAccount(query, account, { ...options, hasIndexes }));
    const isLarge = async () => needsErasureIndexes(await this.countContents(account));
    if (!options.withData || !(await isLarge())) return erase(false);
    return withErasureIndexes({ address: this.#address, read: this.#session.read, onWait, isLarge }, erase);
  }

  async purgeIdempotencyKeys(limit: number): Promise<number> {
    const expiredAt = new Date(this.#now() - IDEMPOTENCY_TTL_MS).toISOString();
    return purgeIdempotencyKeys({ read: this.#session.read, write: this.#session.write }, expiredAt, limit);
  }

  async isEmpty(): Promise<boolean> {
    const [row] = await this.#session.read<{ empty: boolean }>({
      text: 'SELECT NOT EXISTS (SELECT 1 FROM accounts) AS empty',
    });
    return row?.empty === true;
  }

  async check(): Promise<void> {
    await this.#creates.check();
  }

  findClockSkewMs(): number {
    return this.#skew.ms;
  }

  countConnections(): ConnectionCount {
    return this.#pool.count();
  }

  async close(): Promise<void> {
    await this.#creates.drain();
    await this.#pool.close();
  }

  #timestamp(): string {
    return new Date(this.#now()).toISOString();
  }
}
