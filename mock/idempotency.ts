// Idempotency keys, in memory: a repeated key is a replay, as on the server.
import { LRUCache } from 'lru-cache';
import { ApiError } from '../server/edge/errors.ts';

/** Set on replays only. Prism would send its example with every response. */
export const REPLAYED_HEADER = 'Idempotency-Replayed';

/** The number of keys that are kept; the least recently used goes first. The server keeps them for 24 hours instead. */
const MAX_KEYS = 10_000;

/**
 * Whether the key of this account was used before with the same fingerprint.
 *
 * @throws ApiError IdempotencyKeyReused when it was used with another one
 */
export type IsReplay = (account: string, key: string, fingerprint: Uint8Array) => boolean;

export function createReplayCheck(): IsReplay {
  const fingerprints = new LRUCache<string, string>({ max: MAX_KEYS });
  return (account, key, fingerprint) => {
    const id = JSON.stringify([account, key]);
    const current = Buffer.from(fingerprint).toString('hex');
    const previous = fingerprints.get(id);
    if (previous !== undefined && previous !== current) throw new ApiError('IdempotencyKeyReused');
    if (previous !== undefined) return true;
    fingerprints.set(id, current);
    return false;
  };
}
