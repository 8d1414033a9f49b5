// Holds a response to the contract, as far as it takes to use it.
import { isRecord } from '../model/check-options.ts';
import type { RouteEntry } from '../model/operation-tables.ts';
import { errorIn } from './error-envelope.ts';
import { parseJson, UnexpectedResponse } from './unexpected-response.ts';

/** Finds what is wrong with the body of a success; undefined for a valid one. */
export type FindViolation = (operationId: string, status: number, body: unknown) => string | undefined;

/** @throws UnexpectedResponse */
export async function checkResponse(
  route: RouteEntry,
  errorStatuses: Readonly<Record<string, number>>,
  request: Request,
  response: Response,
  findViolation?: FindViolation,
): Promise<void> {
  const status = statusOf(route, response);
  const text = await response.clone().text();
  const fail = (reason?: string) => {
    throw new UnexpectedResponse(request, response, text, reason);
  };
  if (status >= 400) {
    const error = errorIn(parseJson(text));
    if (!error || errorStatuses[error.type] !== status) fail();
    return;
  }
  if (!(String(status) in route.responses)) fail();
  if (request.method === 'HEAD' || (route.withoutBody.includes(status) && text === '')) return;
  // Not JSON: the contract says so.
  if (route.mediaTypes[status] !== undefined && !/[/+]json$/.test(route.mediaTypes[status])) return;
  const body = parseJson(text);
  if (!isRecord(body) && !(Array.isArray(body) && route.lists?.includes(status))) fail();
  const violation = findViolation?.(route.operationId, status, body);
  if (violation !== undefined) fail(violation);
}

/** Browsers hide the status of a redirection (Fetch standard, section 2.2.6). It is known if only one is declared. */
function statusOf({ responses }: RouteEntry, { type, status }: Response): number {
  if (type !== 'opaqueredirect') return status;
  const redirections = Object.keys(responses).filter((each) => each.startsWith('3'));
  return redirections.length === 1 ? Number(redirections[0]) : status;
}
