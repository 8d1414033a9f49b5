// The error of a call that got no response.
import { keyIn } from './idempotency-key.ts';

/**
 * Why there was no response. Browsers do not tell what went wrong: then it is `unknown`, and that includes CORS.
 *
 * @example
 * const reasons: NetworkErrorReason[] = ['timeout', 'abort', 'reset', 'refused', 'dns', 'unknown'];
 */
export type NetworkErrorReason = 'timeout' | 'abort' | 'reset' | 'refused' | 'dns' | 'unknown';

/** By the code of an error in Node, or the name of one of `fetch`. The first one counts. */
const REASONS: readonly (readonly [pattern: RegExp, reason: NetworkErrorReason])[] = [
  [/ENOTFOUND|EAI_AGAIN/, 'dns'],
  [/ECONNREFUSED/, 'refused'],
  [/ECONN|EPIPE|UND_ERR_SOCKET/, 'reset'],
  [/timed?out/i, 'timeout'],
  [/AbortError/, 'abort'],
];

/**
 * Thrown when no attempt got a response: the time-out was over, the caller's signal aborted, the host is unknown,
 * refused or closed the connection, or the browser's CORS check failed. `cause` is what the last `fetch` threw, or the
 * reason of the signal.
 *
 * @example
 * await client.POST('/customer-organizations', { body }).catch((error: unknown) => {
 *   if (!(error instanceof NetworkError)) throw error;
 *   if (error.reason !== 'abort') console.error(error.message, error.attempts, error.idempotencyKey);
 * });
 */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  /** Why there was no response. */
  readonly reason: NetworkErrorReason;
  /** The number of times that the request was sent. */
  readonly attempts: number;
  /** The `Idempotency-Key` that was sent. Send the same again, and nothing is done twice. */
  readonly idempotencyKey: string | undefined;

  constructor(request: Request, attempts: number, cause: unknown) {
    const count = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
    super(`No response to ${request.method} ${request.url} after ${count}: ${describe(cause)}`, { cause });
    this.reason = request.signal.aborted ? abortReason(cause) : reasonOf(cause);
    this.attempts = attempts;
    this.idempotencyKey = keyIn(request);
  }
}

/** A signal may be a time-out: `AbortSignal.timeout(5_000)`. */
function abortReason(cause: unknown): NetworkErrorReason {
  return reasonOf(cause) === 'timeout' ? 'timeout' : 'abort';
}

/** Node's `fetch` throws "fetch failed", with the reason in `cause`. */
function reasonOf(error: unknown): NetworkErrorReason {
  if (!(error instanceof Error)) return 'unknown';
  const text = `${'code' in error ? error.code : ''} ${error.name}`;
  return REASONS.find(([pattern]) => pattern.test(text))?.[1] ?? reasonOf(error.cause);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message || ('code' in cause ? String(cause.code) : error.message);
}

/** Errors that engines and `Request` throw. The messages of networks, TypeErrors as well, are too many to list. */
const PROGRAMMING =
  /^(Range|Reference|Syntax)Error|^TypeError.*(not a |cannot read|is undefined|not an object|already |`fetch`)/i;

/** Whether it is a defect of the code that sends requests: sending again would only fail again. */
export function isProgrammingError(error: unknown): boolean {
  return error instanceof Error && !error.cause && PROGRAMMING.test(`${error.name} ${error.message}`);
}
