// The error of a call that got no response.
import { describeValue } from '../../model/check/check-options.ts';
import { keyIn } from '../idempotency-key.ts';

/** How often a request was sent. */
export const attemptsOf = new WeakMap<Request, number>();

/**
 * Why there was no response. It is `unknown` where the platform does not say, as in browsers, also for CORS errors.
 *
 * @example
 * const reasons: NetworkErrorReason[] = ['timeout', 'abort', 'reset', 'refused', 'dns', 'unknown'];
 */
export type NetworkErrorReason = 'timeout' | 'abort' | 'reset' | 'refused' | 'dns' | 'unknown';

/** The reasons for error codes of Node and error names of `fetch`. The first match counts. */
const REASONS: readonly (readonly [pattern: RegExp, reason: NetworkErrorReason])[] = [
  [/ENOTFOUND|EAI_AGAIN/, 'dns'],
  [/ECONNREFUSED/, 'refused'],
  [/ECONN|EPIPE|UND_ERR_SOCKET/, 'reset'],
  [/timed?out/i, 'timeout'],
  [/AbortError/, 'abort'],
  [/(Type|Network|Fetch)Error|EPROTO|UNREACH|CERT|LEAF|SSL/, 'unknown'],
];

/**
 * Thrown when the last attempt got no response: the time-out was over, the caller's signal aborted, the host is
 * unknown, refused or closed the connection, or the browser's CORS check failed. Earlier attempts may have got a 429 or
 * 503. Also thrown when `responseSchemas` did not return in time. `cause` is what the last `fetch` threw, or the reason
 * of the signal.
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
  declare readonly reason: NetworkErrorReason;
  /** The number of times that the request was sent. */
  declare readonly attempts: number;
  /** The `Idempotency-Key` that was sent. Send the same again, and nothing is done twice. */
  declare readonly idempotencyKey: string | undefined;

  constructor(request: Request, cause: unknown) {
    const attempts = attemptsOf.get(request) ?? 0;
    const count = `${attempts} attempt${attempts === 1 ? '' : 's'}`;
    super(`No valid response to ${request.method} ${request.url} after ${count}: ${describe(cause)}`, { cause });
    const reason = reasonOf(cause) ?? 'unknown';
    // A signal may be a time-out: `AbortSignal.timeout(5_000)`.
    this.reason = request.signal.aborted && reason !== 'timeout' ? 'abort' : reason;
    this.attempts = attempts;
    this.idempotencyKey = keyIn(request);
  }
}

/** Node's `fetch` throws "fetch failed", with the reason in `cause`. Undefined if the network did not fail. */
function reasonOf(error: unknown): NetworkErrorReason | undefined {
  // Errors of another realm, such as a frame or jsdom, are no instances of `Error`.
  const { code, name, cause } = Object(error);
  const reason = REASONS.find(([pattern]) => pattern.test(`${code} ${name}`))?.[1];
  return (reason === 'unknown' && cause && reasonOf(cause)) || reason;
}

function describe(error: unknown): string {
  const { message, name, cause } = Object(error);
  return cause?.message || cause?.code || message || name || `not an error, but ${describeValue(error)}`;
}

/** Whether to rethrow an error unchanged: it is a defect of the calling code, or comes from another client. */
export function isDefect(error: unknown): boolean {
  const { message, cause } = Object(error);
  // A thrown value that is not an error does not say what happened.
  if (message === undefined) return false;
  // Recognizes the TypeErrors of engines and of `Request`, since messages of network failures are too many to list.
  return (
    error instanceof NetworkError ||
    !reasonOf(error) ||
    (!cause && /not an? |cannot read|is undefined|already |`fetch`/i.test(message))
  );
}

/** Whether a retry would fail in the same way. */
export function isPermanent(error: unknown): boolean {
  const { code, message, cause } = Object(error);
  // Error codes of TLS, and messages of Node's `fetch`.
  return /CERT|LEAF|SSL|^bad port|redirect|scheme$/.test(code ?? message) || (!!cause && isPermanent(cause));
}
