// Creates API keys. The store keeps only the SHA-256 of a secret.
import { randomBytes } from 'node:crypto';
import type { ApiKey } from '../store/records.ts';
import { hashSecret } from './authenticate.ts';

/** 72 random bits: unique in practice, and short enough to read out. */
const CLIENT_ID_BYTES = 9;
const SECRET_BYTES = 32;

export interface NewApiKey {
  clientId: string;
  /** 256 random bits, base64url. Not stored anywhere. */
  secret: string;
  /** What to store. */
  stored: ApiKey;
}

/** Creates a secret of 256 random bits, URL-safe. */
export function createSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** Creates a key with a random client ID and secret. Both are URL-safe, without a colon (RFC 7617, section 2). */
export function createApiKey(account: string, pinnedVersion: string | undefined): NewApiKey {
  // The prefix keeps the ID from looking like an option of a command.
  const clientId = `co_${randomBytes(CLIENT_ID_BYTES).toString('base64url')}`;
  const secret = createSecret();
  return { clientId, secret, stored: { account, clientId, secretHash: hashSecret(secret), pinnedVersion } };
}
