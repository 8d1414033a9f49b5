// Creates the credentials of API keys. The store keeps only the SHA-256 of a secret.
import { randomBytes } from 'node:crypto';
import { hashSecret } from './authenticate.ts';

/** 72 random bits: unique in practice, and short enough to read out. */
const CLIENT_ID_BYTES = 9;
const SECRET_BYTES = 32;

/** Creates a URL-safe secret of 256 random bits. */
export function createSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** Creates a random client ID and secret. Both are URL-safe, without a colon (RFC 7617, section 2). */
export function createCredentials(): { clientId: string; secret: string; secretHash: Uint8Array } {
  // The prefix prevents an ID that begins with a hyphen, which a command would take for an option.
  const clientId = `co_${randomBytes(CLIENT_ID_BYTES).toString('base64url')}`;
  const secret = createSecret();
  return { clientId, secret, secretHash: hashSecret(secret) };
}
