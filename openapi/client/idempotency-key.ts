// The `Idempotency-Key` of a request, and where to find the one that was sent.

/** The name of its header. */
export const KEY = 'Idempotency-Key';

/**
 * A fresh idempotency key. Keep one for each thing that a user wants done, and send it with every attempt: then nothing
 * is done twice, however often the button is pressed.
 *
 * @example
 * const key = createIdempotencyKey();
 * await client.POST('/customer-organizations', { params: { header: { 'Idempotency-Key': key } }, body });
 */
export function createIdempotencyKey(): string {
  // Browsers have `randomUUID` in secure contexts only.
  return crypto.randomUUID?.() ?? crypto.getRandomValues(new Uint32Array(4)).join('-');
}

/** The key of each request, by its response. */
const keys = new WeakMap<Response, string | undefined>();

/** The key in the header of a request; undefined without one. */
export function keyIn({ headers }: Request): string | undefined {
  return headers.get(KEY) ?? undefined;
}

/** Lets `keyOf` find the key of a request by its response. */
export function rememberKey(request: Request, response: Response): void {
  keys.set(response, keyIn(request));
}

/** The key of the request that led to this response. */
export function keyOf(response: Response): string | undefined {
  return keys.get(response);
}
