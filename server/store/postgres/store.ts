// The store on PostgreSQL: many processes on one database. A create is one statement and one round trip, which it shares with others when many come at once.
import { v7 as newId } from 'uuid';
import { ApiKeyCache, type ApiKeyCacheOptions } from '../api-key-cache.ts';
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
  type RequestWindow,
  type Store,
  type StoredOrganization,
  StoreUnavailable,
} from '../store.ts';
import { addApiKey, findApiKey, listApiKeys, revokeApiKey } from './api-keys.ts';
import { Connections, type Query } from './connection-pool.ts';
import { CreateGroups, type GroupOptions } from './create-batcher.ts';
import { createOrganization, createTogether } from './create-organization.ts';
import { importCustomers } from './import-customers.ts';
import { listOrganizations } from './list-organizations.ts';
import { prepareSchema } from './migrate.ts';
import { purgeIdempotencyKeys } from './purge-idempotency-keys.ts';
import { TAKE_REQUESTS } from './statements.ts';
import { readDatabaseUrl } from './url.ts';

/** What `openPostgresStore` takes. */
export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database?sslmode=verify-full`; `sslmode` is `disable`, `require`, `verify-ca` or `verify-full`, as in libpq. */
  url: string;
  /** Whether an older schema is brought up to date; without, it is an error. Default: true. */
  migrate?: boolean;
  /** Connections at most. Default: 10. */
  poolSize?: number;
  /** For how long a call may wait for a connection and its answers, in all, in milliseconds. An import may take longer. Default: 2800. */
  timeoutMs?: number;
  /** After how many milliseconds without use a connection is closed. Default: 10,000. */
  idleTimeoutMs?: number;
  /** How API keys are remembered between requests. */
  apiKeys?: ApiKeyCacheOptions;
  /** Milliseconds since 1970-01-01 UTC. */
  now?: () => number;
}

/** Resolves when the schema is up to date. @throws StoreNotUsable, or an Error when the URL is wrong */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const address = readDatabaseUrl(options.url);
  await prepareSchema(address, { migrate: options.migrate ?? true });
  const { poolSize = 10, timeoutMs = 2800, idleTimeoutMs = 10_000 } = options;
  const connections = new Connections(address, { poolSize, timeoutMs, idleTimeoutMs });
  return new PostgresStore(connections, { statements: Math.min(GROUPS_AT_ONCE, poolSize), timeoutMs }, options);
}

/** Creates without a key take so many connections at most: fewer and larger groups cost less than one connection for each. */
const GROUPS_AT_ONCE = 4;

/** A request looks for its key first, and is counted. What it does then has the rest of the 5 s that it may last. */
const STEP_LIMIT_MS = 1000;

class PostgresStore implements Store {
  readonly #connections: Connections;
  readonly #now: () => number;
  readonly #apiKeys: ApiKeyCache;
  readonly #groups: CreateGroups;

  readonly #read: Query = (statement) => this.#connections.run((query) => query(statement), { repeatable: true });

  readonly #write: Query = (statement) => this.#connections.run((query) => query(statement), { repeatable: false });

  constructor(connections: Connections, groups: GroupOptions, { now = Date.now, apiKeys }: PostgresOptions) {
    this.#connections = connections;
    this.#now = now;
    this.#groups = new CreateGroups((group, limitMs) => this.#createTogether(group, limitMs), groups);
    this.#apiKeys = new ApiKeyCache((clientId) => this.#findApiKey(clientId), apiKeys);
  }

  /** A repetition under an idempotency key is a replay, so it is safe even when nobody knows how the first try ended. */
  async createOrganization(organization: NewOrganization): Promise<CreateOutcome> {
    if (!organization.idempotency) return this.#groups.create(organization);
    return this.#connections.run((query) => createOrganization(query, organization, this.#now()), { repeatable: true });
  }

  async #createTogether(group: NewOrganization[], limitMs: number): Promise<CreateOutcome[]> {
    const [only, ...others] = group;
    return this.#connections.run(
      async (query) =>
        only && others.length === 0
          ? [await createOrganization(query, only, this.#now())]
          : createTogether(query, group, this.#now()),
      { repeatable: false, limitMs },
    );
  }

  /** Known for some seconds after it was asked for, so that a request does not cost a round trip for its key. */
  async findApiKey(clientId: string): Promise<ApiKey | undefined> {
    return this.#apiKeys.find(clientId);
  }

  async #findApiKey(clientId: string): Promise<ApiKey | undefined> {
    if (clientId.includes('\0')) return undefined; // PostgreSQL has no such text.
    const limits = { repeatable: true, limitMs: STEP_LIMIT_MS };
    return this.#connections.run((query) => findApiKey(query, clientId), limits);
  }

  async findAccount(name: string): Promise<string | undefined> {
    const text = 'SELECT account_id FROM accounts WHERE name = $1';
    const [row] = await this.#read<{ account_id: string }>({ text, values: [name] });
    return row?.account_id;
  }

  async addAccount(name: string): Promise<string> {
    // Changes nothing in a row that is there, but gives it.
    const text = `INSERT INTO accounts (account_id, name, created_at) VALUES ($1, $2, $3)
      ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING account_id`;
    const values = [newId(), name, this.#timestamp()];
    const [row] = await this.#write<{ account_id: string }>({ text, values });
    if (!row) throw new Error('PostgreSQL gave no account for its name.');
    return row.account_id;
  }

  async listAccounts(): Promise<Account[]> {
    const text = 'SELECT account_id, name FROM accounts ORDER BY name';
    const rows = await this.#read<{ account_id: string; name: string }>({ text, values: [] });
    return rows.map(({ account_id, name }) => ({ id: account_id, name }));
  }

  async addApiKey(key: ApiKey): Promise<void> {
    await addApiKey(this.#write, key, this.#timestamp());
  }

  async listApiKeys(account: string): Promise<ListedApiKey[]> {
    return listApiKeys(this.#read, account);
  }

  async revokeApiKey(clientId: string): Promise<boolean> {
    const revoked = await revokeApiKey(this.#write, clientId, this.#timestamp());
    this.#apiKeys.forget(clientId);
    return revoked;
  }

  /** Not repeated when the connection breaks: that might count twice. */
  async takeRequests({
    account,
    clientId,
    requests,
    windowMs,
  }: RequestWindow): Promise<{ used: number; msLeft: number }> {
    const values = [account, clientId, requests, windowMs];
    const [row] = await this.#connections.run(
      (query) => query<{ used: number; ms_left: number }>({ ...TAKE_REQUESTS, values }),
      { repeatable: false, limitMs: STEP_LIMIT_MS },
    );
    if (!row) throw new Error('Taking requests gave no row.');
    return { used: row.used, msLeft: row.ms_left };
  }

  async importCustomers(
    account: string,
    customers: AsyncIterable<Customer[]>,
    options: ImportOptions = {},
  ): Promise<ImportCount> {
    return this.#connections.transact((query) => importCustomers(query, account, customers, options));
  }

  async *listOrganizations(account: string, since = new Date(0)): AsyncIterable<StoredOrganization> {
    yield* listOrganizations(this.#read, account, since);
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
    const [row] = await this.#read<{ reads: string }>({
      text: "SELECT current_setting('transaction_read_only') AS reads FROM (SELECT EXISTS (SELECT 1 FROM accounts)) AS readable",
    });
    if (row?.reads !== 'off') throw new StoreUnavailable('PostgreSQL only reads at the moment.');
  }

  async close(): Promise<void> {
    await this.#groups.drain();
    await this.#connections.close();
  }

  #timestamp(): string {
    return new Date(this.#now()).toISOString();
  }
}
