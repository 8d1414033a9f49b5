// Idempotency keys in memory. As on the server, a repeated key replays the response.
import { ApiError } from '../../server/edge/errors.ts';
import { hashText } from './hash.ts';

/** The response header of a replay. */
export const REPLAYED_HEADER = 'Idempotency-Replayed';

/** The number of keys that are kept; the oldest is dropped first. The server keeps keys for a time instead. */
const MAX_KEYS = 10_000;

interface Use<R> {
  /** Equal for requests with the same meaning. */
  request: string;
  /** The ID of what was created. */
  id: string;
  /** The response, if it cannot be rebuilt from the request. */
  response: R | undefined;
}

/** The uses of idempotency keys. Most responses can be rebuilt from request and ID, so only the others are kept. */
export class IdempotencyKeys<R> {
  readonly #uses = new Map<string, Use<R>>();

  /**
   * Returns what the account's first request with this key created; undefined for a new key.
   *
   * @throws ApiError IdempotencyKeyReused when that request was a different one
   */
  find(account: string, key: string, request: string): Use<R> | undefined {
    const use = this.#uses.get(JSON.stringify([account, key]));
    if (use && use.request !== fingerprintOf(request)) throw new ApiError('IdempotencyKeyReused');
    return use;
  }

  add(account: string, key: string, request: string, id: string, response?: R): void {
    const [oldest] = this.#uses.size >= MAX_KEYS ? this.#uses.keys() : [];
    if (oldest !== undefined) this.#uses.delete(oldest);
    this.#uses.set(JSON.stringify([account, key]), { request: fingerprintOf(request), id, response });
  }
}

/** Hashes the request, which may be half a megabyte, to a few bytes. */
function fingerprintOf(text: string): string {
  return [text.length, hashText(text), hashText(text, text.length)].join();
}
