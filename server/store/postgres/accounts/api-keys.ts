// API keys in PostgreSQL. Each change is made inside a transaction of the caller, which also stores its event.
import type { Change } from '../../events.ts';
import type { ApiKey, ApiKeyUse, ListedApiKey } from '../../records.ts';
import type { Query } from '../connection/query.ts';
import { FIND_API_KEY } from '../statements.ts';

interface FoundKey {
  account_id: string;
  secret_sha256: Uint8Array;
  previous_secret_sha256: Uint8Array | null;
  previous_expires_at: Date | null;
  pinned_version: string | null;
  label: string | null;
  expires_at: Date | null;
}

/** Returns a key, or undefined if it does not exist, is revoked or disabled, or has expired. `now` is in ISO 8601. */
export async function findApiKey(query: Query, clientId: string, now: string): Promise<ApiKey | undefined> {
  const [row] = await query<FoundKey>({ ...FIND_API_KEY, values: [clientId, now] });
  return (
    row && {
      account: row.account_id,
      clientId,
      secretHash: row.secret_sha256,
      previousSecretHash: row.previous_secret_sha256 ?? undefined,
      previousExpiresAt: row.previous_expires_at ?? undefined,
      pinnedVersion: row.pinned_version ?? undefined,
      label: row.label ?? undefined,
      expiresAt: row.expires_at ?? undefined,
    }
  );
}

/** Adds a key. `createdAt` is in ISO 8601. */
export async function addApiKey(query: Query, key: ApiKey, createdAt: string): Promise<Change<void>> {
  const { account, clientId, secretHash, pinnedVersion = null, label = null, expiresAt } = key;
  const expires = expiresAt?.toISOString() ?? null;
  await query({
    text: `INSERT INTO api_keys (account_id, client_id, secret_sha256, pinned_version, created_at, label, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    values: [account, clientId, Buffer.from(secretHash), pinnedVersion, createdAt, label, expires],
  });
  const details = { label, pinnedVersion, expiresAt: expires };
  return { result: undefined, event: { account, type: 'key.created', subject: clientId, details } };
}

interface ListedKey {
  client_id: string;
  pinned_version: string | null;
  created_at: Date;
  revoked_at: Date | null;
  label: string | null;
  expires_at: Date | null;
  disabled_at: Date | null;
  last_used_at: Date | null;
  previous_expires_at: Date | null;
}

export async function listApiKeys(query: Query, account: string): Promise<ListedApiKey[]> {
  const rows = await query<ListedKey>({
    text: `SELECT client_id, pinned_version, created_at, revoked_at, label, expires_at, disabled_at, last_used_at,
             previous_expires_at FROM api_keys
           WHERE account_id = $1 ORDER BY created_at, client_id COLLATE "C"`,
    values: [account],
  });
  return rows.map((row) => ({
    clientId: row.client_id,
    pinnedVersion: row.pinned_version ?? undefined,
    createdAt: row.created_at,
    revokedAt: row.revoked_at ?? undefined,
    label: row.label ?? undefined,
    expiresAt: row.expires_at ?? undefined,
    disabledAt: row.disabled_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
    previousExpiresAt: row.previous_expires_at ?? undefined,
  }));
}

/** Returns the account of the key, or undefined if it does not exist or is already revoked. `now` is in ISO 8601. */
export async function revokeApiKey(query: Query, clientId: string, now: string): Promise<string | undefined> {
  return updateKey(
    query,
    'UPDATE api_keys SET revoked_at = $1 WHERE client_id = $2 AND revoked_at IS NULL RETURNING account_id',
    [now, clientId],
  );
}

/** Returns the account of the key, or undefined if there is nothing to change. */
export async function setApiKeyDisabled(
  query: Query,
  clientId: string,
  isDisabled: boolean,
  now: string,
): Promise<string | undefined> {
  return updateKey(
    query,
    `UPDATE api_keys SET disabled_at = $1
     WHERE client_id = $2 AND revoked_at IS NULL AND (disabled_at IS NULL) = ($1::timestamptz IS NOT NULL)
     RETURNING account_id`,
    [isDisabled ? now : null, clientId],
  );
}

/** Pins a key, or unpins it if the version is null. Returns its account, or undefined if there is nothing to change. */
export async function pinApiKey(query: Query, clientId: string, version: string | null): Promise<string | undefined> {
  return updateKey(
    query,
    `UPDATE api_keys SET pinned_version = $1
     WHERE client_id = $2 AND revoked_at IS NULL AND pinned_version IS DISTINCT FROM $1::text
     RETURNING account_id`,
    [version, clientId],
  );
}

/** Replaces the secret of a key. The previous secret is valid until `previousExpiresAt`. */
export async function rotateApiKey(
  query: Query,
  clientId: string,
  secretHash: Uint8Array,
  previousExpiresAt: Date,
): Promise<string | undefined> {
  return updateKey(
    query,
    `UPDATE api_keys SET previous_secret_sha256 = secret_sha256, previous_expires_at = $1, secret_sha256 = $2
     WHERE client_id = $3 AND revoked_at IS NULL RETURNING account_id`,
    [previousExpiresAt.toISOString(), Buffer.from(secretHash), clientId],
  );
}

async function updateKey(query: Query, text: string, values: unknown[]): Promise<string | undefined> {
  const [row] = await query<{ account_id: string }>({ text, values });
  return row?.account_id;
}

/**
 * Records uses. Skips rows that another process has locked, because that process is recording a use too. A time that is
 * in the future by the clock of the database comes from a host whose clock is ahead: it is stored as the current time,
 * and replaced by any later use.
 */
export async function recordApiKeyUses(query: Query, uses: readonly ApiKeyUse[]): Promise<void> {
  await query({
    text: `
      WITH used AS (
        SELECT k.account_id, k.client_id, least(u.used_at, clock_timestamp()) AS used_at
        FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS u (account_id, client_id, used_at)
        JOIN api_keys k ON k.account_id = u.account_id AND k.client_id = u.client_id
          AND (k.last_used_at IS NULL OR k.last_used_at < u.used_at OR k.last_used_at > clock_timestamp())
        ORDER BY k.account_id, k.client_id FOR NO KEY UPDATE OF k SKIP LOCKED
      )
      UPDATE api_keys k SET last_used_at = used.used_at FROM used
      WHERE k.account_id = used.account_id AND k.client_id = used.client_id`,
    values: [
      uses.map(({ account }) => account),
      uses.map(({ clientId }) => clientId),
      uses.map(({ usedAt }) => usedAt.toISOString()),
    ],
  });
}
