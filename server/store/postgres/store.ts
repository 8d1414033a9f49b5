// The store on PostgreSQL: many processes on one database. A create is one statement and one round trip, which it shares with others when many come at once.
import { setImmediate as nextTurn } from 'node:timers/promises';
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
import { Connections, type Query } from './connections.ts';
import { createOrganization, createTogether } from './create.ts';
import { CreateGroups, type GroupOptions } from './create-groups.ts';
import { listOrganizations } from './list.ts';
import { prepareSchema } from './migrate.ts';
import {
  COUNT_CUSTOMERS,
  FIND_API_KEY,
  IMPORT_CUSTOMERS,
  PURGE_IDEMPOTENCY_KEYS,
  TAKE_REQUESTS,
} from './statements.ts';
import { readDatabaseUrl } from './url.ts';
import { encodeUuidArray } from './uuid-array.ts';

export interface PostgresOptions {
  /** As `readDatabaseUrl` takes it. */
  url: string;
  /** Whether an older schema is brought up to date; without, it is an error. Default: true. */
  migrate?: boolean;
  /** Connections at most. Default: 10. */
  poolSize?: number;
  /** For how long a call may wait for a connection and its answers, in all. An import may take longer. Default: 2800. */
  timeoutMs?: number;
  /** After which time without use a connection is closed. Default: 10,000. */
  idleTimeoutMs?: number;
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
/** Accounts that a purge reads at once. */
const PAGE = 500;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

class PostgresStore implements Store {
  readonly #connections: Connections;
  readonly #now: () => number;
  readonly #apiKeys: ApiKeyCache;
  readonly #groups: CreateGroups;

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
    const [row] = await this.#connections.run(
      (query) =>
        query<{ account_id: string; secret_sha256: Uint8Array; pinned_version: string | null }>({
          ...FIND_API_KEY,
          values: [clientId],
        }),
      { repeatable: true, limitMs: STEP_LIMIT_MS },
    );
    return (
      row && {
        account: row.account_id,
        clientId,
        secretHash: row.secret_sha256,
        pinnedVersion: row.pinned_version ?? undefined,
      }
    );
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
    const [row] = await this.#write<{ account_id: string }>(text, [newId(), name, this.#timestamp()]);
    if (!row) throw new Error('PostgreSQL gave no account for its name.');
    return row.account_id;
  }

  async listAccounts(): Promise<Account[]> {
    const text = 'SELECT account_id, name FROM accounts ORDER BY name';
    const rows = await this.#read<{ account_id: string; name: string }>({ text, values: [] });
    return rows.map(({ account_id, name }) => ({ id: account_id, name }));
  }

  async addApiKey({ account, clientId, secretHash, pinnedVersion }: ApiKey): Promise<void> {
    await this.#write(
      'INSERT INTO api_keys (account_id, client_id, secret_sha256, pinned_version, created_at) VALUES ($1, $2, $3, $4, $5)',
      [account, clientId, Buffer.from(secretHash), pinnedVersion ?? null, this.#timestamp()],
    );
  }

  async listApiKeys(account: string): Promise<ListedApiKey[]> {
    const rows = await this.#read<{
      client_id: string;
      pinned_version: string | null;
      created_at: Date;
      revoked_at: Date | null;
    }>({
      text: `SELECT client_id, pinned_version, created_at, revoked_at FROM api_keys
             WHERE account_id = $1 ORDER BY created_at, client_id COLLATE "C"`,
      values: [account],
    });
    return rows.map((row) => ({
      clientId: row.client_id,
      pinnedVersion: row.pinned_version ?? undefined,
      createdAt: row.created_at,
      revokedAt: row.revoked_at ?? undefined,
    }));
  }

  async revokeApiKey(clientId: string): Promise<boolean> {
    const text = 'UPDATE api_keys SET revoked_at = $1 WHERE client_id = $2 AND revoked_at IS NULL RETURNING 1';
    const revoked = await this.#write(text, [this.#timestamp(), clientId]);
    this.#apiKeys.forget(clientId);
    return revoked.length === 1;
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

  /** One transaction: nobody sees any of it before all of it is there. Imports into the same account wait for each other; creates wait for none. */
  async importCustomers(
    account: string,
    customers: AsyncIterable<Customer[]>,
    { dryRun = false, signal }: ImportOptions = {},
  ): Promise<ImportCount> {
    return this.#connections.transact(async (query) => {
      if (!dryRun)
        await query({ text: 'SELECT 1 FROM accounts WHERE account_id = $1 FOR NO KEY UPDATE', values: [account] });
      const count: ImportCount = { added: 0, renamed: 0, unchanged: 0 };
      for await (const batch of customers) {
        signal?.throwIfAborted();
        const { known, renamed } = await importBatch(query, account, batch, dryRun);
        count.added += batch.length - known;
        count.renamed += renamed;
        count.unchanged += known - renamed;
      }
      await nextTurn(); // A signal that came with the last rows is heard.
      signal?.throwIfAborted();
      return count;
    });
  }

  async *listOrganizations(account: string, since = new Date(0)): AsyncIterable<StoredOrganization> {
    yield* listOrganizations((statement) => this.#read(statement), account, since);
  }

  /** Account by account: no statement of this store looks at two. */
  async purgeIdempotencyKeys(limit: number): Promise<number> {
    const expiredAt = new Date(this.#now() - IDEMPOTENCY_TTL_MS).toISOString();
    let purged = 0;
    for (let after = FIRST_ID; ; ) {
      const text = 'SELECT account_id FROM accounts WHERE account_id > $1 ORDER BY account_id LIMIT $2';
      const accounts = await this.#read<{ account_id: string }>({ text, values: [after, PAGE] });
      for (const { account_id } of accounts) {
        if (purged >= limit) return purged;
        purged += (await this.#write(PURGE_IDEMPOTENCY_KEYS, [account_id, expiredAt, limit - purged])).length;
        after = account_id;
      }
      if (accounts.length < PAGE) return purged;
    }
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

  #read<Row extends object>(statement: { name?: string; text: string; values?: unknown[] }): Promise<Row[]> {
    return this.#connections.run((query) => query<Row>(statement), { repeatable: true });
  }

  #write<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
    return this.#connections.run((query) => query({ text, values }), { repeatable: false });
  }
}

async function importBatch(
  query: Query,
  account: string,
  batch: Customer[],
  dryRun: boolean,
): Promise<{ known: number; renamed: number }> {
  const [counted] = await query<{ known: number; renamed: number }>({
    text: dryRun ? COUNT_CUSTOMERS : IMPORT_CUSTOMERS,
    values: [account, encodeUuidArray(batch.map(({ id }) => id)), batch.map(({ name }) => name)],
  });
  if (!counted) throw new Error('Counting customers gave no row.');
  return counted;
}
