// The status of an API key, as commands print it.
import type { ListedApiKey } from '../store/records.ts';

export type KeyStatus = 'active' | 'disabled' | 'expired' | 'revoked';

/** Returns the current status, by the clock of this host. States that cannot be undone take precedence. */
export function statusOf(key: ListedApiKey): KeyStatus {
  if (key.revokedAt) return 'revoked';
  if (hasExpired(key)) return 'expired';
  return key.disabledAt ? 'disabled' : 'active';
}

/** Returns whether the key has expired, by the clock of this host. */
export function hasExpired({ expiresAt }: ListedApiKey): boolean {
  return expiresAt !== undefined && expiresAt.getTime() <= Date.now();
}
