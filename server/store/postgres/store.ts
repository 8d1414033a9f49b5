// The store on PostgreSQL: one database for any number of processes.
import { v7 as uuidv7 } from 'uuid';
import { ApiKeyCache, type ApiKeyCacheOptions } from '../api-key-cache.ts';
import { describeActor, type EventType, type NewEvent, type StoredEvent } from '../events.ts';
import type { MigrateMode } from '../migrations.ts';
import type { Account, ApiKey, ApiKeyUse, Customer, ListedApiKey, StoredOrganization } from '../records.ts';
import {
  type AccountContents,
  type AccountDeletion,
  type ConnectionCount,
  type CreateOutcome,
  type CustomerDeletion,
  IDEMPOTENCY_TTL_MS,
  type ImportCount,
  type ImportOptions,
  type NewOrganization,
  type RequestReservation,
  type Store,
  type StoreObserver,
} from '../store.ts';
import { StoreUnavailableError } from '../store-errors.ts';
import {
  addApiKey,
  findApiKey,
  listApiKeys,
  pinApiKey,
  recordApiKeyUses,
  revokeApiKey,
  rotateApiKey,
  setApiKeyDisabled,
} from './api-keys.ts';
import { ConnectionPool, type Query } from './connection/connection-pool.ts';
import { describeSlots } from './connection/slots.ts';
import { StalledCommits } from './connection/stalled-commits.ts';
import { describeMissingTls, parseDatabaseUrl } from './connection/url.ts';
import { type BatcherOptions, CreateBatcher } from './create-batcher.ts';
import { createBatch, createOrganization } from './create-organization.ts';
import { countContents, deleteAccount, deleteCustomer, deleteOrganization, findName } from './erase.ts';
import { addEvent, listEvents } from './events.ts';
import { importCustomers } from './import-customers.ts';
import { listCustomers } from './list-customers.ts';
import { findOrganization, listOrganizations } from './list-organizations.ts';
import { prepareSchema } from './migrate.ts';
import { purgeIdempotencyKeys } from './purge-idempotency-keys.ts';
import { FIND_ANY_CUSTOMER, REHEARSE_CREATE, RESERVE_REQUESTS, WRITE_NOTHING } from './statements.ts';

/** Options of `openPostgresStore`. */
export interface PostgresOptions {
  /**
   * `postgres://user:password@host:5432/database?sslmode=verify-full`; `sslmode` is `disable` (the default), `require`,
   * `verify-ca` or `verify-full`, as in libpq. What it does not say comes from the variables of libpq.
   */
  url: string;
  /**
   * Whether an older schema is updated; if not, it is an error. `empty`: the schema is created in an empty database,
   * and an older one is an error. `existing`: the other way round. Default: true.
   */
  migrate?: MigrateMode;
  /** The maximum number of connections. Default: 10. */
  poolSize?: number;
  /** Time limit of a call, waiting for a connection included, in milliseconds. None for imports. Default: 2800. */
  timeoutMs?: number;
  /** Time after which an unused connection is closed, in milliseconds. Default: 10,000. */
  idleTimeoutMs?: number;
  /** How long a change of a command waits for the confirmation of its commit, in milliseconds. Default: 30,000. */
  commitTimeoutMs?: number;
  /** How API keys are cached. */
  apiKeys?: ApiKeyCacheOptions;
  /** The clock: milliseconds since 1970-01-01 UTC. Default: `Date.now`. */
  now?: () => number;
  /** Gets reports for metrics. */
  observer?: StoreObserver;
  /** Gets a sentence for each setting that works, but is likely to be a mistake. Default: nothing is checked. */
  onWarning?: (message: string) => void;
  /** Who makes changes, for the audit trail. Default: the user and the host of this process. */
  actor?: string;
}

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
  const { pooled, slots, hosts } = await prepareSchema(address, { migrate });
  for (const warning of [describeMissingTls(address), slots && describeSlots(slots, poolSize)])
    if (warning !== undefined) onWarning?.(warning);
  const pool = new ConnectionPool(
    { ...address, ...hosts[0], hosts },
    { poolSize, timeoutMs, idleTimeoutMs, pooled, commitTimeoutMs },
  );
  return new PostgresStore(pool, { statements: Math.min(CONCURRENT_BATCHES, poolSize), timeoutMs }, options);
}

/**
 * Connections for creates without an idempotency key. Fewer and larger batches cost less than a connection for each.
 */
const CONCURRENT_BATCHES = 4;

/** Time limit for finding an API key, and for counting a request. What follows has the rest of the 5 s of a request. */
const STEP_LIMIT_MS = 1000;

/** Time limit for finding out why a commit took too long. */
const LOOK_LIMIT_MS = 150;

/** How often readiness creates a sample, and rolls it back, while creates succeed. Each leaves rows for autovacuum. */
const SAMPLE_INTERVAL_MS = 10_000;

class PostgresStore implements Store {
  readonly #pool: ConnectionPool;
  readonly #now: () => number;
  readonly #actor: string;
  readonly #apiKeys: ApiKeyCache;
  readonly #batcher: CreateBatcher;
  readonly #observer: StoreObserver | undefined;
  readonly #commits = new StalledCommits((statement) =>
    this.#pool.run((query) => query(statement), { repeatable: false, limitMs: LOOK_LIMIT_MS }),
  );
  /** The last create that failed because of damage or a missing privilege, until `check` succeeds with it. */
  #failed: NewOrganization | undefined;
  /** When a sample was created last. Undefined: it, or a create, failed since. */
  #sampledMs: number | undefined;

  readonly #read: Query = (statement) => this.#pool.run((query) => query(statement), { repeatable: true });

  readonly #write: Query = (statement) => this.#pool.run((query) => query(statement), { repeatable: false });

  constructor(
    pool: ConnectionPool,
    batcher: BatcherOptions,
    { now = Date.now, apiKeys, observer, actor }: PostgresOptions,
  ) {
    this.#actor = actor ?? describeActor();
    this.#observer = observer;
    this.#pool = pool;
    this.#now = now;
    this.#batcher = new CreateBatcher((batch, limitMs) => this.#createBatch(batch, limitMs), batcher);
    this.#apiKeys = new ApiKeyCache((clientId) => this.#findApiKey(clientId), now, apiKeys);
  }

  /** With an idempotency key a retry is a replay, so it is safe even if the first attempt was stored. */
  async createOrganization(organization: NewOrganization): Promise<CreateOutcome> {
    try {
      if (!organization.idempotency) return await this.#commits.run(() => this.#batcher.create(organization));
      const create = () =>
        this.#pool.run((query) => createOrganization(query, organization, this.#now()), { repeatable: true });
      return await this.#observe(1, () => this.#commits.run(create));
    } catch (error) {
      const kind = error instanceof StoreUnavailableError ? error.kind : undefined;
      if (kind === 'damaged' || kind === 'denied') this.#failed = organization;
      if (kind === 'schema') this.#sampledMs = undefined;
      throw error;
    }
  }

  async #createBatch(batch: NewOrganization[], limitMs: number): Promise<CreateOutcome[]> {
    const [only, ...others] = batch;
    return this.#observe(batch.length, () =>
      this.#pool.run(
        async (query) =>
          only && others.length === 0
            ? [await createOrganization(query, only, this.#now())]
            : createBatch(query, batch, this.#now()),
        { repeatable: false, limitMs },
      ),
    );
  }

  /** Reports how long creates took, waiting for a connection included. */
  async #observe<T>(size: number, create: () => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    const created = await create();
    this.#observer?.onCommit(size, performance.now() - startedMs);
    return created;
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
    const text = 'SELECT account_id FROM accounts WHERE name = $1';
    const [row] = await this.#read<{ account_id: string }>({ text, values: [name] });
    return row?.account_id;
  }

  async addAccount(name: string): Promise<string> {
    return this.#change(async (query) => {
      const id = uuidv7();
      const text = `INSERT INTO accounts (account_id, name, created_at) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO NOTHING RETURNING account_id`;
      const [added] = await query<{ account_id: string }>({ text, values: [id, name, this.#timestamp()] });
      if (added) return { result: id, event: { account: id, type: 'account.created', subject: name } };
      const [known] = await query<{ account_id: string }>({
        text: 'SELECT account_id FROM accounts WHERE name = $1',
        values: [name],
      });
      if (!known) throw new Error('Adding an account returned no row.');
      return { result: known.account_id };
    });
  }

  async listAccounts(): Promise<Account[]> {
    const text = 'SELECT account_id, name FROM accounts ORDER BY name';
    const rows = await this.#read<{ account_id: string; name: string }>({ text, values: [] });
    return rows.map(({ account_id, name }) => ({ id: account_id, name }));
  }

  async addApiKey(key: ApiKey): Promise<void> {
    const { account, clientId, label = null, pinnedVersion = null, expiresAt } = key;
    await this.#change(async (query) => {
      await addApiKey(query, key, this.#timestamp());
      const details = { label, pinnedVersion, expiresAt: expiresAt?.toISOString() ?? null };
      return { result: undefined, event: { account, type: 'key.created', subject: clientId, details } };
    });
  }

  async listApiKeys(account: string): Promise<ListedApiKey[]> {
    return listApiKeys(this.#read, account);
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

  /** `update` returns the account of the key, or undefined if there is nothing to change. */
  async #changeApiKey(
    clientId: string,
    type: EventType,
    update: (query: Query) => Promise<string | undefined>,
    details: NewEvent['details'] = {},
  ): Promise<boolean> {
    const isChanged = await this.#change(async (query) => {
      const account = await update(query);
      if (account === undefined) return { result: false };
      return { result: true, event: { account, type, subject: clientId, details } };
    });
    this.#apiKeys.delete(clientId);
    return isChanged;
  }

  async recordApiKeyUses(uses: readonly ApiKeyUse[]): Promise<void> {
    await recordApiKeyUses(this.#write, uses);
  }

  async *listEvents(account?: string, since = new Date(0)): AsyncIterable<StoredEvent> {
    yield* listEvents(this.#read, account, since);
  }

  /** Changes something, and stores the event of the change in the same transaction. */
  async #change<T>(work: (query: Query) => Promise<{ result: T; event?: NewEvent }>, signal?: AbortSignal): Promise<T> {
    await this.#requireConfirmedCommits();
    try {
      return await this.#pool.transact(async (query) => {
        const { result, event } = await work(query);
        if (event) await addEvent(query, event, this.#actor, this.#timestamp());
        return result;
      }, signal);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || error.kind !== 'timeout' || !error.mayBeStored) throw error;
      const cause = await this.#commits.findCause();
      const message = cause ? `${error.message} ${cause.message}` : error.message;
      throw new StoreUnavailableError(message, { kind: cause?.kind ?? 'timeout', mayBeStored: true, cause: error });
    }
  }

  /**
   * Commits nothing, before a change that could not be taken back: PostgreSQL does not end a wait for a standby. Other
   * errors are those of the change itself.
   *
   * @throws StoreUnavailableError when commits wait for a synchronous standby
   */
  async #requireConfirmedCommits(): Promise<void> {
    this.#commits.suspect();
    try {
      await this.#commits.run(() => this.#write({ text: WRITE_NOTHING }));
    } catch (error) {
      if (error instanceof StoreUnavailableError && error.kind === 'standby') throw error;
    }
  }

  /** Not retried when the connection breaks, which might count twice. */
  async reserveRequests({
    account,
    clientId,
    requests,
    windowMs,
  }: RequestReservation): Promise<{ used: number; remainingMs: number }> {
    const values = [account, clientId, requests, windowMs];
    const [row] = await this.#commits.run(() =>
      this.#pool.run((query) => query<{ used: number; remaining_ms: number }>({ ...RESERVE_REQUESTS, values }), {
        repeatable: false,
        limitMs: STEP_LIMIT_MS,
      }),
    );
    if (!row) throw new Error('Reserving requests returned no row.');
    return { used: row.used, remainingMs: row.remaining_ms };
  }

  async importCustomers(
    account: string,
    customers: AsyncIterable<Customer[]>,
    options: ImportOptions = {},
  ): Promise<ImportCount> {
    if (options.dryRun) return this.#pool.transact((query) => importCustomers(query, account, customers, options));
    return this.#change(async (query) => {
      const count = await importCustomers(query, account, customers, options);
      const { added, renamed, unchanged } = count;
      const details = { added, renamed, unchanged };
      return { result: count, event: { account, type: 'customers.imported', subject: account, details } };
    }, options.signal);
  }

  async *listOrganizations(account: string, since = new Date(0)): AsyncIterable<StoredOrganization> {
    yield* listOrganizations(this.#read, account, since);
  }

  async findOrganization(account: string, id: string): Promise<StoredOrganization | undefined> {
    return findOrganization(this.#read, account, id);
  }

  async deleteOrganization(account: string, id: string): Promise<boolean> {
    return this.#change(async (query) => {
      const result = await deleteOrganization(query, account, id);
      return { result, ...(result && { event: { account, type: 'organization.deleted', subject: id } }) };
    });
  }

  async *listCustomers(account: string): AsyncIterable<Customer> {
    yield* listCustomers(this.#read, account);
  }

  async findCustomer(account: string, id: string): Promise<Customer | undefined> {
    const text = 'SELECT name FROM customers WHERE account_id = $1 AND customer_id = $2';
    const [row] = await this.#read<{ name: string }>({ text, values: [account, id] });
    return row && { id, name: row.name };
  }

  async deleteCustomer(account: string, id: string): Promise<CustomerDeletion> {
    return this.#change(async (query) => {
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

  async renameAccount(account: string, name: string): Promise<boolean> {
    return this.#change(async (query) => {
      const text = 'SELECT 1 FROM accounts WHERE name = $1 AND account_id <> $2';
      if ((await query({ text, values: [name, account] })).length > 0) return { result: false };
      const details = { previousName: await findName(query, account) };
      await query({ text: 'UPDATE accounts SET name = $1 WHERE account_id = $2', values: [name, account] });
      return { result: true, event: { account, type: 'account.renamed', subject: name, details } };
    });
  }

  async deleteAccount(account: string, { withData = false }: { withData?: boolean } = {}): Promise<AccountDeletion> {
    return this.#change<AccountDeletion>(async (query) => {
      const contents = await countContents(query, account);
      const isEmpty = contents.customers === 0 && contents.organizations === 0;
      if (!isEmpty && !withData) return { result: { kind: 'notEmpty', contents } };
      const subject = await findName(query, account);
      await deleteAccount(query, account);
      const event: NewEvent = { account, type: 'account.deleted', subject, details: { ...contents } };
      return { result: { kind: 'deleted', contents }, event };
    });
  }

  async purgeIdempotencyKeys(limit: number): Promise<number> {
    const expiredAt = new Date(this.#now() - IDEMPOTENCY_TTL_MS).toISOString();
    return purgeIdempotencyKeys({ read: this.#read, write: this.#write }, expiredAt, limit);
  }

  async isEmpty(): Promise<boolean> {
    const [row] = await this.#read<{ empty: boolean }>({ text: 'SELECT NOT EXISTS (SELECT 1 FROM accounts) AS empty' });
    return row?.empty === true;
  }

  async check(): Promise<void> {
    const rehearse = () => this.#read<{ read_only: string }>({ text: REHEARSE_CREATE });
    const [row] = await this.#commits.run(rehearse);
    if (row?.read_only !== 'off')
      throw new StoreUnavailableError('PostgreSQL is read-only at the moment.', { kind: 'readOnly' });
    const failed = this.#failed;
    if (failed) await this.#pool.rehearse((query) => createOrganization(query, failed, this.#now()));
    this.#failed = undefined;
    await this.#createSample();
  }

  /** Creates an organization of any customer, if there is one, and rolls it back: a trigger may refuse all creates. */
  async #createSample(): Promise<void> {
    const nowMs = performance.now();
    if (this.#sampledMs !== undefined && nowMs - this.#sampledMs < SAMPLE_INTERVAL_MS) return;
    this.#sampledMs = undefined;
    const [row] = await this.#read<{ account_id: string; customer_id: string }>({ text: FIND_ANY_CUSTOMER });
    if (row) {
      const { account_id: account, customer_id: ownerId } = row;
      const idempotency = { key: 'readiness', fingerprint: new Uint8Array(32) };
      const organization = { account, id: uuidv7(), ownerId, memberIds: [ownerId], idempotency };
      await this.#pool.rehearse((query) => createOrganization(query, organization, this.#now()));
    }
    this.#sampledMs = nowMs;
  }

  countConnections(): ConnectionCount {
    return this.#pool.count();
  }

  async close(): Promise<void> {
    await this.#batcher.drain();
    await this.#pool.close();
  }

  #timestamp(): string {
    return new Date(this.#now()).toISOString();
  }
}
