// The store on SQLite: one file, one process or a few. Creates that arrive together share one transaction and one fsync.
import type { DatabaseSync } from 'node:sqlite';
import { v7 as newId } from 'uuid';
import { ApiKeyCache } from '../api-key-cache.ts';
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
  type Organization,
  type Store,
  type StoredOrganization,
  StoreNotUsable,
  StoreUnavailable,
} from '../store.ts';
import { codeOf, toStoreError } from './errors.ts';
import { watchFiles } from './file-guard.ts';
import { GroupCommit } from './group-commit.ts';
import { importCustomers } from './import-customers.ts';
import { waitForLock } from './lock.ts';
import { MEMORY, openDatabase } from './open.ts';
import { guardTruncation, type TruncationGuard } from './truncation-guard.ts';

/** What `openSqliteStore` takes. */
export interface SqliteOptions {
  /** The file, or `:memory:` for one that is gone when it is closed. */
  path: string;
  /** The clock: milliseconds since 1970-01-01 UTC. Default: `Date.now`. */
  now?: () => number;
}

/**
 * Opens a store on SQLite, in one file that several processes of a machine may share; it is created if missing, and its schema brought up to
 * date. Writes in WAL mode with `synchronous=FULL`: what is answered is on the disk.
 *
 * @throws StoreNotUsable when the file cannot be opened or is not ours
 *
 * @example
 * const store = openSqliteStore({ path: 'customer-organizations.db' });
 * const account = await store.addAccount('Acme');
 * await store.addApiKey({ account, clientId: 'key', secretHash: hashSecret('secret'), pinnedVersion: undefined });
 * await store.close();
 */
export function openSqliteStore({ path, now = Date.now }: SqliteOptions): Store {
  const database = openDatabase(path);
  try {
    return new SqliteStore(database, path, now);
  } catch (error) {
    database.close();
    // Another process has it open, and it is damaged already.
    throw error instanceof StoreUnavailable ? new StoreNotUsable(error.message, { cause: error }) : error;
  }
}

/** For a burst of requests to share a look-up. A revocation by another process is in force after this time. */
const KEY_TTL_MS = 10;
/** Rows that a listing reads at once. */
const PAGE = 500;

class SqliteStore implements Store {
  readonly #database: DatabaseSync;
  readonly #now: () => number;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #truncation: TruncationGuard | undefined;
  readonly #assertWritable: () => void;
  readonly #commits: GroupCommit;
  /** A look-up locks the file for a moment, and takes longer than all else that is done to authenticate. */
  readonly #apiKeys = new ApiKeyCache(async (clientId) => this.#findApiKey(clientId), { ttlMs: KEY_TTL_MS });

  constructor(database: DatabaseSync, path: string, now: () => number) {
    this.#database = database;
    this.#now = now;
    this.#statements = prepare(database);
    const assertInPlace = watchFiles(path);
    this.#truncation = path === MEMORY ? undefined : guardTruncation(database, path);
    this.#assertWritable = () => {
      assertInPlace();
      this.#truncation?.assertWhole();
    };
    this.#assertWritable();
    this.#commits = new GroupCommit(database, this.#assertWritable);
  }

  async createOrganization(organization: NewOrganization): Promise<CreateOutcome> {
    return this.#commits.run(() => this.#create(organization));
  }

  async findApiKey(clientId: string): Promise<ApiKey | undefined> {
    return this.#apiKeys.find(clientId);
  }

  #findApiKey(clientId: string): ApiKey | undefined {
    const row = this.#try(() => this.#statements.findApiKey.get(clientId));
    if (!row) return undefined;
    return {
      account: String(row.account_id),
      clientId,
      secretHash: row.secret_sha256 as Uint8Array, // The schema is STRICT: a BLOB.
      pinnedVersion: row.pinned_version === null ? undefined : String(row.pinned_version),
    };
  }

  async addAccount(name: string): Promise<string> {
    // Not `get`: it stops at the row, and nobody would hear when the commit after it fails.
    const [row] = await this.#write(() => this.#statements.addAccount.all(newId(), name, this.#now()));
    return String(row?.account_id); // The statement gives the row, be it new or not.
  }

  async listAccounts(): Promise<Account[]> {
    const rows = this.#try(() => this.#statements.listAccounts.all());
    return rows.map((row) => ({ id: String(row.account_id), name: String(row.name) }));
  }

  async addApiKey({ account, clientId, secretHash, pinnedVersion }: ApiKey): Promise<void> {
    await this.#write(() =>
      this.#statements.addApiKey.run(account, clientId, secretHash, pinnedVersion ?? null, this.#now()),
    );
    this.#apiKeys.forget(clientId);
  }

  async findAccount(name: string): Promise<string | undefined> {
    const row = this.#try(() => this.#statements.findAccount.get(name));
    return row && String(row.account_id);
  }

  async listApiKeys(account: string): Promise<ListedApiKey[]> {
    const rows = this.#try(() => this.#statements.listApiKeys.all(account));
    return rows.map((row) => ({
      clientId: String(row.client_id),
      pinnedVersion: row.pinned_version === null ? undefined : String(row.pinned_version),
      createdAt: new Date(Number(row.created_at)),
      revokedAt: row.revoked_at === null ? undefined : new Date(Number(row.revoked_at)),
    }));
  }

  async revokeApiKey(clientId: string): Promise<boolean> {
    const { changes } = await this.#write(() => this.#statements.revokeApiKey.run(this.#now(), clientId));
    this.#apiKeys.forget(clientId);
    return changes === 1;
  }

  async importCustomers(
    account: string,
    customers: AsyncIterable<Customer[]>,
    options: ImportOptions = {},
  ): Promise<ImportCount> {
    return importCustomers(this.#database, account, customers, { ...options, assertWritable: this.#assertWritable });
  }

  /** Each page is a read of its own, so that a slow consumer holds up no checkpoint. IDs are version 7 UUIDs: their order is that of creation. */
  async *listOrganizations(account: string, since = new Date(0)): AsyncIterable<StoredOrganization> {
    let after = '';
    for (;;) {
      const page = this.#try(() => this.#statements.listOrganizations.all(account, after, since.getTime(), PAGE));
      for (const row of page) {
        const id = String(row.organization_id);
        const [owner, ...members] = this.#try(() => this.#statements.listParties.all(account, id)).map((party) => ({
          id: String(party.customer_id),
          name: String(party.name),
        }));
        if (!owner) throw new Error(`Organization ${id} has no owner.`);
        yield { id, owner, members, createdAt: new Date(Number(row.created_at)) };
        after = id;
      }
      if (page.length < PAGE) return;
    }
  }

  async purgeIdempotencyKeys(limit: number): Promise<number> {
    const expiredAt = this.#now() - IDEMPOTENCY_TTL_MS;
    const { changes } = this.#try(() => {
      this.#assertWritable();
      return this.#statements.purgeIdempotencyKeys.run(expiredAt, limit);
    });
    return Number(changes);
  }

  async isEmpty(): Promise<boolean> {
    return this.#try(() => this.#statements.countAccounts.get())?.n === 0;
  }

  /** Writes the number of the schema once more: nothing changes, but a page goes through the log onto the disk, after waiting for locks like every create. */
  async check(): Promise<void> {
    const database = this.#database;
    await this.#commits.run(() => {
      const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
      database.exec(`PRAGMA user_version = ${version}`);
    });
  }

  async close(): Promise<void> {
    await this.#commits.drain();
    // A checkpoint, which closing runs, would destroy what there is.
    if (this.#truncation?.truncated) this.#truncation.assertWhole();
    this.#truncation?.close();
    this.#database.close();
  }

  #write<T>(work: () => T): Promise<T> {
    return waitForLock(() => {
      this.#assertWritable();
      return work();
    });
  }

  /** Inside a transaction. */
  #create({ account, id, ownerId, memberIds, idempotency }: NewOrganization): CreateOutcome {
    const statements = this.#statements;
    const now = this.#now();
    if (idempotency) {
      const known = statements.findIdempotencyKey.get(account, idempotency.key, now - IDEMPOTENCY_TTL_MS);
      if (known) {
        const same = Buffer.compare(known.fingerprint as Uint8Array, idempotency.fingerprint) === 0; // STRICT: a BLOB.
        return same ? { kind: 'replayed', organization: JSON.parse(String(known.answer)) } : { kind: 'keyReused' };
      }
    }

    const ids = [ownerId, ...memberIds];
    const [owner, ...members] = ids.map((each) => ({ id: each, name: statements.findName.get(account, each)?.name }));
    const unknown = ids.filter((_, index) => (index === 0 ? owner : members[index - 1])?.name === undefined);
    if (unknown.length > 0) return { kind: 'unknownCustomers', ids: unknown };

    const organization = { id, owner, members } as Organization; // Every name was found.
    statements.addOrganization.run(account, id, ownerId, now);
    for (const [position, memberId] of memberIds.entries()) statements.addMember.run(account, id, position, memberId);
    if (idempotency) {
      const answer = JSON.stringify(organization);
      statements.putIdempotencyKey.run(account, idempotency.key, idempotency.fingerprint, id, answer, now);
    }
    return { kind: 'created', organization };
  }

  #try<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      // Truncated files are one reason, and then SQLite's own words would mislead.
      if (codeOf(error) === 'IOERR' || codeOf(error) === 'CORRUPT') this.#truncation?.assertWhole();
      throw toStoreError(error);
    }
  }
}

function prepare(database: DatabaseSync) {
  return {
    findApiKey: database.prepare(
      'SELECT account_id, secret_sha256, pinned_version FROM api_keys WHERE client_id = ? AND revoked_at IS NULL',
    ),
    // An update that changes nothing, for only a row that was written is returned.
    addAccount: database.prepare(
      `INSERT INTO accounts (account_id, name, created_at) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING account_id`,
    ),
    listAccounts: database.prepare('SELECT account_id, name FROM accounts ORDER BY name'),
    addApiKey: database.prepare(
      'INSERT INTO api_keys (account_id, client_id, secret_sha256, pinned_version, created_at) VALUES (?, ?, ?, ?, ?)',
    ),
    countAccounts: database.prepare('SELECT count(*) AS n FROM accounts'),
    findAccount: database.prepare('SELECT account_id FROM accounts WHERE name = ?'),
    listApiKeys: database.prepare(
      'SELECT client_id, pinned_version, created_at, revoked_at FROM api_keys WHERE account_id = ? ORDER BY created_at, client_id',
    ),
    revokeApiKey: database.prepare('UPDATE api_keys SET revoked_at = ? WHERE client_id = ? AND revoked_at IS NULL'),
    listOrganizations: database.prepare(
      `SELECT organization_id, created_at FROM organizations
       WHERE account_id = ? AND organization_id > ? AND created_at >= ? ORDER BY organization_id LIMIT ?`,
    ),
    // The owner, then the members in their order.
    listParties: database.prepare(
      `SELECT c.customer_id, c.name FROM (
         SELECT owner_id AS customer_id, -1 AS position FROM organizations WHERE account_id = ?1 AND organization_id = ?2
         UNION ALL
         SELECT customer_id, position FROM organization_members WHERE account_id = ?1 AND organization_id = ?2
       ) p JOIN customers c ON c.account_id = ?1 AND c.customer_id = p.customer_id ORDER BY p.position`,
    ),
    purgeIdempotencyKeys: database.prepare(
      `DELETE FROM idempotency_keys WHERE rowid IN (SELECT rowid FROM idempotency_keys WHERE created_at <= ? LIMIT ?)`,
    ),
    findName: database.prepare('SELECT name FROM customers WHERE account_id = ? AND customer_id = ?'),
    findIdempotencyKey: database.prepare(
      'SELECT fingerprint, answer FROM idempotency_keys WHERE account_id = ? AND idempotency_key = ? AND created_at > ?',
    ),
    // A key that is kept past its time may be used anew.
    putIdempotencyKey: database.prepare(
      `INSERT OR REPLACE INTO idempotency_keys (account_id, idempotency_key, fingerprint, organization_id, answer, created_at)
       VALUES (?, ?, ?, ?, ?, ?)`,
    ),
    addOrganization: database.prepare(
      'INSERT INTO organizations (account_id, organization_id, owner_id, created_at) VALUES (?, ?, ?, ?)',
    ),
    addMember: database.prepare(
      'INSERT INTO organization_members (account_id, organization_id, position, customer_id) VALUES (?, ?, ?, ?)',
    ),
  };
}
