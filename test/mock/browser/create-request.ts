// Sends creates to a browser mock.
import { versionHeaders } from '../../support/contract/tested-version.ts';
import { DEMO, type TestRequest } from '../../support/http/http.ts';
import { toRequest } from '../../support/parity/browser-parity.ts';

export const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
export const VALID = { ownerId: OWNER, memberIds: [] };

/** A request with the demo credentials, as JSON. */
export const withDefaults = (sent: TestRequest): TestRequest => ({
  ...sent,
  headers: { authorization: DEMO, 'content-type': 'application/json', ...versionHeaders, ...sent.headers },
});

/** Sends a create, by default a valid one. */
export const create = (mock: { fetch(request: Request): Promise<Response> }, sent: TestRequest = {}) =>
  mock.fetch(toRequest(withDefaults({ body: VALID, ...sent })));
