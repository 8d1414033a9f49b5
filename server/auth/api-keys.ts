// Makes API keys. The secret exists here, and then only with whoever it is shown to: the store keeps its SHA-256.
import { randomBytes } from 'node:crypto';
import type { ApiKey } from '../store/store.ts';
import { hashSecret } from './authenticate.ts';

/** 72 random bits: enough that two never meet, short enough to read out. The prefix keeps it from looking like an option. */
const CLIENT_ID_BYTES = 9;
const SECRET_BYTES = 32;

export interface NewKey {
  clientId: string;
  /** 256 random bits, base64url. Not stored anywhere. */
  secret: string;
  /** What to store. */
  stored: ApiKey;
}

/** A key with a client ID and a secret that nobody can guess; both are URL-safe, and have no colon (RFC 7617, section 2). */
export function createKey(account: string, pinnedVersion: string | undefined): NewKey {
  const clientId = `co_${randomBytes(CLIENT_ID_BYTES).toString('base64url')}`;
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return { clientId, secret, stored: { account, clientId, secretHash: hashSecret(secret), pinnedVersion } };
}
