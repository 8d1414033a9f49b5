// The error of a result whose response does not match the contract.

/**
 * A response that does not match the contract: its status is undeclared, its body is not JSON, or an error has no
 * envelope. Usually it comes from a proxy, or the base URL is wrong.
 *
 * @example
 * const { error, response } = await client.POST('/customer-organizations', { body });
 * if (error?.type === 'UnexpectedResponse') console.error(response.status, error.body);
 */
export interface UnexpectedResponse {
  type: 'UnexpectedResponse';
  /** Request, status, media type, and the first 200 characters of the body. */
  message: string;
  /** The body: parsed if it is JSON, else its text. */
  body: unknown;
}

/** The characters of a body that a message has. */
const EXCERPT = 200;

export function createUnexpectedResponse(
  request: Request | undefined,
  { status, headers }: Response,
  body: unknown,
): UnexpectedResponse {
  const text = typeof body === 'string' ? body : (JSON.stringify(body) ?? '');
  const excerpt = text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text;
  const kind = text === '' ? 'without a body' : `with ${headers.get('Content-Type') ?? 'no media type'}`;
  return {
    type: 'UnexpectedResponse',
    message:
      `${request?.method} ${request?.url} returned ${status} ${kind}, which does not match the contract. ` +
      `Check the base URL.${excerpt && ` Body: ${excerpt}`}`,
    body,
  };
}
