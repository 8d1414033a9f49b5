// The edge with three versions, and a client that holds each response to the contract of its version.
import { pino } from 'pino';
import type { AppOptions } from '../../../server/edge/options.ts';
import type { VersionChange } from '../../../server/versions/version-change.ts';
import { createResponseValidator } from '../../conformance/validate/validate-response.ts';
import { FIRST, SECOND, THIRD, thirdHandlers, threeVersions, toThird } from '../../support/contract/three-versions.ts';
import { DEMO, exchange, PATH, type TestRequest } from '../../support/http/http.ts';
import { startEdge } from '../../support/targets.ts';

export const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
export const MEMBER = 'e309e948-088e-4d77-b654-cd85498f1555';

/** A valid body of each version. */
export const BODIES = {
  [FIRST]: { ownerId: OWNER, memberIds: [MEMBER] },
  [SECOND]: { ownerId: OWNER, customerIds: [MEMBER], currency: 'USD' },
  [THIRD]: { parentId: OWNER, customerIds: [MEMBER], currency: 'USD' },
};

const { contract, olderVersions } = threeVersions();

const validators = new Map(
  [...olderVersions, { version: THIRD, contract }].map((each) => [
    each.version,
    createResponseValidator(each.contract),
  ]),
);

/** Starts the edge with all versions. `ask` rejects when a response violates the contract of its version. */
export async function startVersions({ last = toThird, ...options }: Partial<AppOptions> & { last?: VersionChange }) {
  const { handlers, received } = thirdHandlers();
  const lines: { msg: string; err?: { message: string } }[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const target = await startEdge(handlers, { ...threeVersions(last), log, ...options });
  const ask = async (version: string | undefined, { headers, ...request }: TestRequest = {}) => {
    const response = await exchange(target.url, {
      headers: {
        authorization: DEMO,
        'content-type': 'application/json',
        ...(version !== undefined && { 'sequence-version': version }),
        ...headers,
      },
      ...request,
    });
    const { method = 'POST', path = PATH } = request;
    const validate = validators.get(response.headers['sequence-version'] ?? '');
    const violations = validate?.({ method, path }, response);
    if (violations?.length !== 0) throw new Error(JSON.stringify({ violations, response }));
    return response;
  };
  return { url: target.url, ask, received, lines, close: () => target.close() };
}

/** The error of a response. */
export const errorIn = ({ body }: { body: unknown }) =>
  (body as { error: { type: string; message: string; details?: { in: string; pointer: string }[] } }).error;
