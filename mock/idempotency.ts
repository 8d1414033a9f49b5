// Idempotency keys, in memory: a repeated key is told as the server tells it, and no more is kept than that takes.
import { ApiError } from '../server/edge/errors.ts';

/** The header of the contract that only a repeated key has. Prism would send its example with every answer. */
export const REPLAYED = 'Idempotency-Replayed';

/** Keys that are remembered; beyond it the oldest is forgotten. The server forgets by time, but a mock does not run for days. */
const LIMIT = 10_000;

/** Whether the key came before with the same fingerprint. @throws ApiError IdempotencyKeyReused when it came with another */
export type IsRepeated = (account: string, key: string, fingerprint: Uint8Array) => boolean;

export function rememberKeys(): IsRepeated {
  const seen = new Map<string, string>();
  return (account, key, fingerprint) => {
    const place = JSON.stringify([account, key]);
    const print = Buffer.from(fingerprint).toString('hex');
    const before = seen.get(place);
    if (before === undefined) {
      seen.set(place, print);
      for (const oldest of seen.keys())
        if (seen.size > LIMIT) seen.delete(oldest);
        else break;
    } else if (before !== print) {
      throw new ApiError('IdempotencyKeyReused');
    }
    return before !== undefined;
  };
}
