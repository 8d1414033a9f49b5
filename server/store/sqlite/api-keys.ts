// Reads and adds API keys in SQLite.
import type { ApiKey, ListedApiKey } from '../records.ts';
import type { Change } from './events.ts';
import type { Statements } from './statements.ts';

/** Implements `Store.findApiKey`. `nowMs`: milliseconds since 1970-01-01 UTC. */
export function findApiKey(statements: Statements, clientId: string, nowMs: number): ApiKey | undefined {
  const row = statements.findApiKey.get(clientId, nowMs);
  if (!row) return undefined;
  return {
    account: String(row.account_id),
    clientId,
    // The schema is STRICT: a BLOB.
    secretHash: row.secret_sha256 as Uint8Array,
    previousSecretHash: (row.previous_secret_sha256 as Uint8Array | null) ?? undefined,
    previousExpiresAt: toDate(row.previous_expires_at),
    pinnedVersion: toText(row.pinned_version),
    label: toText(row.label),
    expiresAt: toDate(row.expires_at),
  };
}

/** Inside a transaction of the caller. `nowMs`: milliseconds since 1970-01-01 UTC. */
export function addApiKey(statements: Statements, key: ApiKey, nowMs: number): Change<void> {
  const { account, clientId, secretHash, pinnedVersion = null, label = null, expiresAt } = key;
  const expiresMs = expiresAt?.getTime() ?? null;
  statements.addApiKey.run(account, clientId, secretHash, pinnedVersion, nowMs, label, expiresMs);
  const details = { label, pinnedVersion, expiresAt: expiresAt?.toISOString() ?? null };
  return { result: undefined, event: { account, type: 'key.created', subject: clientId, details } };
}

/** Implements `Store.listApiKeys`. */
export function listApiKeys(statements: Statements, account: string): ListedApiKey[] {
  return statements.listApiKeys.all(account).map((row) => ({
    clientId: String(row.client_id),
    pinnedVersion: toText(row.pinned_version),
    createdAt: new Date(Number(row.created_at)),
    revokedAt: toDate(row.revoked_at),
    label: toText(row.label),
    expiresAt: toDate(row.expires_at),
    disabledAt: toDate(row.disabled_at),
    lastUsedAt: toDate(row.last_used_at),
    previousExpiresAt: toDate(row.previous_expires_at),
  }));
}

function toText(value: unknown): string | undefined {
  return value === null ? undefined : String(value);
}

function toDate(value: unknown): Date | undefined {
  return value === null ? undefined : new Date(Number(value));
}
