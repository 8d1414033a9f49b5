// The error of a response that does not match the contract.
import { shorten } from '../../model/check/check-options.ts';
import { keyIn } from '../idempotency-key.ts';

/**
 * Thrown for a response that does not match the contract: its status is undeclared, its body is not an object, or an
 * error has no envelope. Usually it comes from a proxy, or the base URL is wrong. With `responseSchemas` it is also
 * thrown for a success that violates its schema.
 *
 * @example
 * await client.POST('/customer-organizations', { body }).catch((error: unknown) => {
 *   if (error instanceof UnexpectedResponse) console.error(error.status, error.body);
 *   throw error;
 * });
 */
export class UnexpectedResponse extends Error {
  override readonly name = 'UnexpectedResponse';
  /** Named like the field of an `ApiError`. */
  readonly type = 'UnexpectedResponse';
  /** The HTTP status. */
  declare readonly status: number;
  /** The response; its body has been read. */
  declare readonly response: Response;
  /** The body: parsed if it is JSON, else its text. */
  declare readonly body: unknown;
  /** The `X-Request-Id` of the response. */
  declare readonly requestId: string | undefined;
  /** The `Idempotency-Key` that was sent. */
  declare readonly idempotencyKey: string | undefined;

  constructor(request: Request, response: Response, text: string, advice = 'Check the base URL.') {
    const { status, headers } = response;
    const kind = text === '' ? 'without a body' : `with ${headers.get('Content-Type') ?? 'no media type'}`;
    super(
      `${request.method} ${request.url} returned ${status} ${kind}, which does not match the contract. ` +
        `${advice}${text && ` Body: ${shorten(text, 200)}`}`,
    );
    this.status = status;
    this.response = response;
    this.body = parseJson(text, text);
    this.requestId = headers.get('X-Request-Id') ?? undefined;
    this.idempotencyKey = keyIn(request);
  }
}

/** Text that is not JSON yields the fallback. It is undefined by default, which no JSON value is. */
export function parseJson(text: string, other?: unknown): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return other;
  }
}
