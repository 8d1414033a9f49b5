// API keys in PostgreSQL.
import type { ApiKey, ListedApiKey } from '../store.ts';
import type { Query } from './connection-pool.ts';
import { FIND_API_KEY } from './statements.ts';

/** Returns undefined for a revoked key. */
export async function findApiKey(query: Query, clientId: string): Promise<ApiKey | undefined> {
  const [row] = await query<{ account_id: string; secret_sha256: Uint8Array; pinned_version: string | null }>({
    ...FIND_API_KEY,
    values: [clientId],
  });
  return (
    row && {
      account: row.account_id,
      clientId,
      secretHash: row.secret_sha256,
      pinnedVersion: row.pinned_version ?? undefined,
    }
  );
}

/** `createdAt`: in ISO 8601. */
export async function addApiKey(
  query: Query,
  { account, clientId, secretHash, pinnedVersion }: ApiKey,
  createdAt: string,
): Promise<void> {
  await query({
    text: `INSERT INTO api_keys (account_id, client_id, secret_sha256, pinned_version, created_at)
           VALUES ($1, $2, $3, $4, $5)`,
    values: [account, clientId, Buffer.from(secretHash), pinnedVersion ?? null, createdAt],
  });
}

export async function listApiKeys(query: Query, account: string): Promise<ListedApiKey[]> {
  const rows = await query<{
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

/** `revokedAt`: in ISO 8601. Returns false if the key does not exist or is already revoked. */
export async function revokeApiKey(query: Query, clientId: string, revokedAt: string): Promise<boolean> {
  const rows = await query({
    text: 'UPDATE api_keys SET revoked_at = $1 WHERE client_id = $2 AND revoked_at IS NULL RETURNING 1',
    values: [revokedAt, clientId],
  });
  return rows.length === 1;
}
