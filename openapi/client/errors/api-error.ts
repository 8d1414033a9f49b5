// Errors of the API as exceptions, for code that prefers them.
import type { AnyErrorType } from '../../../generated/version-types.ts';
import { describeValue, isRecord } from '../../model/check/check-options.ts';
import { type ErrorDetails, errorIn } from '../error-envelope.ts';

/** The parts of a client's result that are read here. */
interface AnyResult {
  /** The body of a success. */
  data?: unknown;
  /** The body of an error. */
  error?: unknown;
  /** The response; its body has been read. */
  response: Response;
  /** The `Idempotency-Key` that was sent. */
  idempotencyKey?: string | undefined;
}

/**
 * An error response of the API, as {@link unwrap} throws it.
 *
 * @example
 * const fields = (error: ApiError) => error.details.map(({ pointer, message }) => `${pointer}: ${message}`);
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The HTTP status. */
  declare readonly status: number;
  /** The kind of error, for programs. */
  declare readonly type: AnyErrorType;
  /** Which parts of the request are wrong; empty if the error has none. */
  declare readonly details: ErrorDetails;
  /** The `X-Request-Id`, which identifies the request in the logs of the service. */
  declare readonly requestId: string | undefined;
  /** The `Idempotency-Key` that was sent. */
  declare readonly idempotencyKey: string | undefined;
  /** The response; its body has been read. */
  declare readonly response: Response;

  /** The error in a result of the client that has one. @throws TypeError when it has none */
  constructor({ error, response, idempotencyKey }: AnyResult) {
    const part = errorIn(error);
    if (!part) throw new TypeError('The `error` does not match the contract.');
    const { type, message, details = [] } = part;
    super(message);
    this.status = response.status;
    this.type = type;
    this.details = details;
    this.requestId = response.headers.get('X-Request-Id') ?? undefined;
    this.idempotencyKey = idempotencyKey;
    this.response = response;
  }
}

/**
 * The data of a result.
 *
 * @throws ApiError when the result has an error. TypeError for what is no result, such as a promise of one
 *
 * @example
 * const { id } = unwrap(await client.POST('/customer-organizations', { body }));
 */
export function unwrap<R extends AnyResult>(result: R): Exclude<R['data'], undefined> {
  if (!isRecord(result) || !('response' in result))
    throw new TypeError(`\`unwrap\` takes the result of a call, not ${describeValue(result)}.`);
  if (result.error !== undefined) throw new ApiError(result);
  return result.data as Exclude<R['data'], undefined>; // A result without an error has data, if it has a body.
}
