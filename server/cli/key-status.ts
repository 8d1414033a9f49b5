// The status of an API key, as commands print it.
import type { ListedApiKey } from '../store/records.ts';

export type KeyStatus = 'active' | 'disabled' | 'expired' | 'revoked';

/** Now, by the clock of this host. What cannot be undone comes first. */
export function statusOf(key: ListedApiKey): KeyStatus {
  if (key.revokedAt) return 'revoked';
  if (hasExpired(key)) return 'expired';
  return key.disabledAt ? 'disabled' : 'active';
}

/** Whether its last moment has passed, by the clock of this host. */
export function hasExpired({ expiresAt }: ListedApiKey): boolean {
  return expiresAt !== undefined && expiresAt.getTime() <= Date.now();
}
