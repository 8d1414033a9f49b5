// Finds out for which account a request acts, from its API key.
import { hash, timingSafeEqual } from 'node:crypto';
import { type ApiVersion, apiVersions } from '../../generated/operations.ts';
import type { AppOptions } from '../edge/options.ts';
import type { Store } from '../store/store.ts';

/**
 * What is stored of a secret: its SHA-256, 32 bytes. The secrets that `keys create` makes are random and have 256 bits, so a plain hash is
 * enough: there is nothing to guess. For a password that a person chose it is not.
 *
 * @example
 * const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url');
 * await store.addApiKey({ account, clientId: 'billing', secretHash: hashSecret(secret), pinnedVersion: undefined });
 */
export function hashSecret(secret: string): Uint8Array {
  return hash('sha256', secret, 'buffer');
}

/** Compared when the client is unknown, so that this takes as long as a wrong secret. No secret is known that has this hash. */
const NO_HASH = new Uint8Array(32);

/**
 * Gives `createApp` the API keys of a store. Compares in constant time; a client that does not exist takes the same steps as a wrong secret.
 *
 * @example
 * const app = await createApp(createHandlers(store), { authenticate: authenticateBy(store) });
 */
export function authenticateBy(store: Store): AppOptions['authenticate'] {
  return async ({ clientId, secret }) => {
    const key = await store.findApiKey(clientId);
    const matches = timingSafeEqual(hashSecret(secret), key?.secretHash ?? NO_HASH);
    if (!key || !matches) return undefined;
    const version: ApiVersion | undefined = apiVersions.find((each) => each === key.pinnedVersion);
    return { account: key.account, clientId, ...(version && { version }) };
  };
}
