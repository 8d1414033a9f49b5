// The error of a call that got no response.

/**
 * Thrown when no attempt got a response: the host is unknown, refused or closed the connection, or the browser's CORS
 * check failed. `cause` is what the last `fetch` threw.
 *
 * @example
 * await client.POST('/customer-organizations', { body }).catch((error: unknown) => {
 *   if (!(error instanceof NetworkError)) throw error;
 *   console.error(error.message, error.attempts, error.cause);
 * });
 */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  /** The number of times that the request was sent. */
  readonly attempts: number;

  constructor(request: Request | undefined, attempts: number, cause: unknown) {
    const count = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
    super(`No response to ${request?.method} ${request?.url} after ${count}: ${reasonOf(cause)}`, { cause });
    this.attempts = attempts;
  }
}

/** Node's `fetch` throws "fetch failed", with the reason in `cause`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message || ('code' in cause ? String(cause.code) : error.message);
}
