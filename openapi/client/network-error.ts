// What a call rejects with when there is no answer to give.

/**
 * No attempt brought an answer: the host is unknown, refuses connections, hangs up, or a browser's CORS check stopped it. `cause` is what
 * the last `fetch` threw.
 *
 * @example
 * await client.POST('/customer-organizations', { body }).catch((error: unknown) => {
 *   if (!(error instanceof NoAnswerError)) throw error;
 *   console.error(error.message, error.attempts, error.cause);
 * });
 */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  /** How many times the request was sent. */
  readonly attempts: number;

  constructor(request: Request | undefined, attempts: number, cause: unknown) {
    super(
      `No answer to ${request?.method} ${request?.url} (${attempts === 1 ? '1 attempt' : `${attempts} attempts`}): ${reasonOf(cause)}`,
      { cause },
    );
    this.attempts = attempts;
  }
}

/** Node's `fetch` says "fetch failed" and keeps the reason in `cause`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message || ('code' in cause ? String(cause.code) : error.message);
}
