// From a response to the result of a call.
import { fallbackResponses } from '../../generated/operations.ts';
import type { RouteEntry } from '../model/operation-tables.ts';
import { createUnexpectedResponse } from './unexpected-response.ts';

/** A response whose body has been read: the text of a success, the parsed body of an error if it is JSON. */
export interface ReceivedResponse {
  request: Request | undefined;
  response: Response;
  body: unknown;
}

/** What the call resolves with; its type is `Result` of the route's operation. */
export function createResult(route: RouteEntry, { request, response, body }: ReceivedResponse): object {
  const status = statusOf(route, response);
  if (isDeclared(route, status)) {
    const isSuccess = status < 400;
    if (!isSuccess && isErrorEnvelope(body)) return { status, error: body.error, response };
    if (isSuccess && route.withoutBody.includes(status) && !body) return { status, data: undefined, response };
    // openapi-fetch has parsed the bodies of all but 2xx.
    const data = isSuccess ? (typeof body === 'string' ? parseJson(body) : body) : undefined;
    if (data !== undefined) return { status, data, response };
  }
  return { status: undefined, error: createUnexpectedResponse(request, response, body), response };
}

/** Browsers hide the status of a redirection (Fetch standard, section 2.2.6). It is known if only one is declared. */
function statusOf({ responses }: RouteEntry, { type, status }: Response): number {
  if (type !== 'opaqueredirect') return status;
  const redirections = Object.keys(responses).filter((each) => each.startsWith('3'));
  return redirections.length === 1 ? Number(redirections[0]) : status;
}

function isDeclared({ responses }: RouteEntry, status: number): boolean {
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
