// Authenticates a client by its API key.
import { hash, timingSafeEqual } from 'node:crypto';
import type { AppOptions, Principal } from '../edge/options.ts';
import type { Store } from '../store/store.ts';

/**
 * Hashes a secret for the store: its SHA-256, 32 bytes. The secrets of `keys create` are 256 random bits, which cannot
 * be guessed, so a plain hash is enough. It is not enough for passwords that people choose.
 *
 * @example
 * const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url');
 * await store.addApiKey({ account, clientId: 'billing', secretHash: hashSecret(secret), pinnedVersion: undefined });
 */
export function hashSecret(secret: string): Uint8Array {
  return hash('sha256', secret, 'buffer');
}

/**
 * The hash to compare for an unknown client, so that it takes as long as a wrong secret. No secret with this hash is
 * known.
 */
const UNKNOWN_HASH = new Uint8Array(32);

/**
 * Authenticates by the API keys of a store, for the option `authenticate` of `createApp`. Compares in constant time,
 * and takes the same steps for an unknown client as for a wrong secret.
 *
 * @param onUse called with the principal of each valid key
 *
 * @example
 * const app = await createApp(createHandlers(store), { authenticate: authenticateBy(store) });
 */
export function authenticateBy(
  store: Pick<Store, 'findApiKey'>,
  onUse?: (principal: Principal) => void,
): AppOptions['authenticate'] {
  return async ({ clientId, secret }) => {
    const key = await store.findApiKey(clientId);
    const hashed = hashSecret(secret);
    const isMatch = timingSafeEqual(hashed, key?.secretHash ?? UNKNOWN_HASH);
    const isPrevious = timingSafeEqual(hashed, key?.previousSecretHash ?? UNKNOWN_HASH);
    if (!key || !(isMatch || isPrevious)) return undefined;
    const { account, pinnedVersion: version } = key;
    const principal = { account, clientId, ...(version !== undefined && { version }) };
    onUse?.(principal);
    return principal;
  };
}
