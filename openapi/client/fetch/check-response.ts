// Checks the parts of a response that the client relies on against the contract.
import { isRecord } from '../../model/check/check-options.ts';
import type { ClientRoute } from '../../model/client-operations.ts';
import { errorIn } from '../error-envelope.ts';
import { parseJson, UnexpectedResponse } from '../errors/unexpected-response.ts';

/** Finds what is wrong with the body of a success; undefined for a valid one. */
export type FindViolation = (
  request: Request,
  operationId: string,
  status: number,
  body: unknown,
) => Promise<string | undefined>;

/** @throws UnexpectedResponse */
export async function checkResponse(
  route: ClientRoute,
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
  const body = parseJson(text);
  if (status >= 400) {
    if (errorStatuses[errorIn(body)?.type ?? ''] !== status) fail();
    return;
  }
  if (!route.statuses.includes(status)) fail();
  if (request.method === 'HEAD' || (route.withoutBody?.includes(status) && text === '')) return;
  if (route.notJson?.includes(status)) return;
  if (!isRecord(body) && !(Array.isArray(body) && route.lists?.includes(status))) fail();
  const violation = await findViolation?.(request, route.operationId, status, body);
  if (violation) fail(violation);
}

/** Browsers hide the status of a redirection (Fetch standard, section 2.2.6). It is known if only one is declared. */
function statusOf({ statuses }: ClientRoute, { type, status }: Response): number {
  if (type !== 'opaqueredirect') return status;
  const [redirection = status, ...others] = statuses.filter((each) => each >= 300 && each < 400);
  return others[0] ? status : redirection;
}
