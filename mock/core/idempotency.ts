// Idempotency keys, in memory: a repeated key is a replay, as on the server.
import { ApiError } from '../../server/edge/errors.ts';
import { hashText } from './hash.ts';

/** Set on replays only. */
export const REPLAYED_HEADER = 'Idempotency-Replayed';

/** The number of keys that are kept; the oldest goes first. The server keeps them for a time instead. */
const MAX_KEYS = 10_000;

interface Use<R> {
  /** Equal for requests with the same meaning. */
  request: string;
  /** The ID of what was created. */
  id: string;
  /** The response, if it did not follow from the request. */
  response: R | undefined;
}

/** The uses of idempotency keys. Most responses follow from request and ID, so only the others are kept. */
export class IdempotencyKeys<R> {
  readonly #uses = new Map<string, Use<R>>();

  /**
   * What the first request with this key of the account created; undefined for a fresh key.
   *
   * @throws ApiError IdempotencyKeyReused when that request was another
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

/** A few bytes: a request may have half a megabyte. */
function fingerprintOf(text: string): string {
  return [text.length, hashText(text), hashText(text, text.length)].join();
}
