// The edge with a handler that echoes the request, for the tests of one file.
import { afterAll, beforeAll } from 'vitest';
import type { Handlers } from '../../generated/operations.ts';
import type { Context } from '../../server/edge/options.ts';
import { memberIdsOf, organizationWith, ownerIdOf } from '../support/contract/organization.ts';
import { send, type TestRequest, type TestResponse } from '../support/http/http.ts';
import { startEdge, type Target } from '../support/targets.ts';

export const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
export const VALID = { ownerId: OWNER, memberIds: [] };

/** Responds with an organization that has the IDs of the request. */
export const echo: Partial<Handlers<Context>> = {
  createCustomerOrganization: async ({ body }) => ({
    status: 201,
    body: organizationWith({
      owner: { id: ownerIdOf(body).toLowerCase(), name: 'Owner' },
      members: memberIdsOf(body).map((id) => ({ id: id.toLowerCase(), name: 'Member' })),
    }),
  }),
};

/** Starts the edge before the tests of a file. The secret `wrong` is rejected. */
export function shareEdge() {
  let target: Target;
  beforeAll(async () => {
    target = await startEdge(echo, {
      authenticate: ({ clientId, secret }) => (secret === 'wrong' ? undefined : { account: 'account', clientId }),
    });
  });
  afterAll(() => target.close());
  return {
    ask: (sent: TestRequest) => send(target.url, sent),
    url: () => target.url,
  };
}

export const typeOf = ({ body }: TestResponse) => (body as { error?: { type: string } }).error?.type;
export const messageOf = ({ body }: TestResponse) => (body as { error: { message: string } }).error.message;
export const detailsOf = ({ body }: TestResponse) =>
  (body as { error: { details: { in: string; pointer: string; message: string }[] } }).error.details;
