import { createCredentials } from '../../server/auth/api-keys.ts';
import type { ApiKey } from '../../server/store/records.ts';

/** Creates a key that is not pinned. `stored` is what the store keeps of it. */
export function createApiKey(account: string): { clientId: string; secret: string; stored: ApiKey } {
  const { clientId, secret, secretHash } = createCredentials();
  return { clientId, secret, stored: { account, clientId, secretHash, pinnedVersion: undefined } };
}
