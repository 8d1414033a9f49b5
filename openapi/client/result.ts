// From a response to the result of a call.
import { fallbackResponses, type Route } from '../../generated/operations.ts';
import { createUnexpectedResponse } from './unexpected-response.ts';

/** A response whose body has been read: the text of a success, the parsed body of an error if it is JSON. */
export interface ReceivedResponse {
  request: Request | undefined;
  response: Response;
  body: unknown;
}

/** What the call resolves with; its type is `Result` of the route's operation. */
export function createResult(route: Route, { request, response, body }: ReceivedResponse): object {
  const { status, ok } = response;
  if (isDeclared(route, status)) {
    if (!ok && isErrorEnvelope(body)) return { status, error: body.error, response };
    if (ok && (status === 204 || request?.method === 'HEAD')) return { status, data: undefined, response };
    const data = ok ? parseJson(String(body)) : undefined;
    if (data !== undefined) return { status, data, response };
  }
  return { status: undefined, error: createUnexpectedResponse(request, response, body), response };
}

function isDeclared({ responses }: Route, status: number): boolean {
  return String(status) in responses || fallbackResponses.some((each) => each.status === status);
}

function isErrorEnvelope(body: unknown): body is { error: { type: string; message: string } } {
  const { type, message } = Object(Object(body).error);
  return typeof type === 'string' && typeof message === 'string';
}

/** Undefined for text that is not JSON: no JSON value is undefined. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
