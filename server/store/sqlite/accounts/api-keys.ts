// API keys in SQLite.
import type { Change, EventType, NewEvent } from '../../events.ts';
import type { ApiKey, ListedApiKey } from '../../records.ts';
import type { Statements } from '../statements.ts';

/** Implements `Store.findApiKey`. `nowMs` is in milliseconds since 1970-01-01 UTC. */
export function findApiKey(statements: Statements, clientId: string, nowMs: number): ApiKey | undefined {
  const row = statements.findApiKey.get(clientId, nowMs);
  if (!row) return undefined;
  return {
    account: String(row.account_id),
    clientId,
    // A BLOB, because the schema is STRICT.
    secretHash: row.secret_sha256 as Uint8Array,
    previousSecretHash: (row.previous_secret_sha256 as Uint8Array | null) ?? undefined,
    previousExpiresAt: toDate(row.previous_expires_at),
    pinnedVersion: toText(row.pinned_version),
    label: toText(row.label),
    expiresAt: toDate(row.expires_at),
  };
}

/** Adds a key inside a transaction of the caller. `nowMs` is in milliseconds since 1970-01-01 UTC. */
export function addApiKey(statements: Statements, key: ApiKey, nowMs: number): Change<void> {
  const { account, clientId, secretHash, pinnedVersion = null, label = null, expiresAt } = key;
  const expiresMs = expiresAt?.getTime() ?? null;
  statements.addApiKey.run(account, clientId, secretHash, pinnedVersion, nowMs, label, expiresMs);
  const details = { label, pinnedVersion, expiresAt: expiresAt?.toISOString() ?? null };
  return { result: undefined, event: { account, type: 'key.created', subject: clientId, details } };
}

/**
 * Revokes a key. Like the functions below, it must run inside a transaction. The result is whether anything changed.
 */
export function revokeApiKey(statements: Statements, clientId: string, nowMs: number): Change<boolean> {
  return toChange(clientId, 'key.revoked', statements.revokeApiKey.all(nowMs, clientId));
}

export function disableApiKey(statements: Statements, clientId: string, nowMs: number): Change<boolean> {
  return toChange(clientId, 'key.disabled', statements.disableApiKey.all(nowMs, clientId));
}

export function enableApiKey(statements: Statements, clientId: string): Change<boolean> {
  return toChange(clientId, 'key.enabled', statements.enableApiKey.all(clientId));
}

/** Pins a key to a version, or unpins it if the version is undefined. */
export function pinApiKey(statements: Statements, clientId: string, version: string | undefined): Change<boolean> {
  const pinnedVersion = version ?? null;
  return toChange(clientId, 'key.pinned', statements.pinApiKey.all(pinnedVersion, clientId), { pinnedVersion });
}

export function rotateApiKey(
  statements: Statements,
  clientId: string,
  secretHash: Uint8Array,
  previousExpiresAt: Date,
): Change<boolean> {
  const rows = statements.rotateApiKey.all(previousExpiresAt.getTime(), secretHash, clientId);
  return toChange(clientId, 'key.rotated', rows, { previousExpiresAt: previousExpiresAt.toISOString() });
}

/** Runs an update, which returns the account of the key as its only row, or no row if there is nothing to change. */
function toChange(
  subject: string,
  type: EventType,
  [row]: Record<string, unknown>[],
  details: NewEvent['details'] = {},
): Change<boolean> {
  if (!row) return { result: false };
  return { result: true, event: { account: String(row.account_id), type, subject, details } };
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
