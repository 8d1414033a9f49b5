// The requests of a client of the first version, and their responses.
import { scenarios } from '../../../support/contract/operation.ts';
import { createClient } from '../../../support/contract/tested-version.ts';
import { DEMO, exchange, type TestRequest } from '../../../support/http/http.ts';

export const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
export const MEMBER = 'e309e948-088e-4d77-b654-cd85498f1555';
export const UNKNOWN = '00000000-0000-4000-8000-000000000000';

/** Requests of a client of the first version. Each `run` has its own idempotency keys. */
export const requestsOf = (run: string): Record<string, TestRequest> => ({
  created: { body: { ownerId: OWNER, memberIds: [MEMBER, OWNER, MEMBER] } },
  'created with a key': { headers: { 'idempotency-key': run }, body: { ownerId: OWNER, memberIds: [MEMBER] } },
  replayed: { headers: { 'idempotency-key': run }, body: { ownerId: OWNER, memberIds: [MEMBER] } },
  'with a used key': { headers: { 'idempotency-key': run }, body: { ownerId: OWNER, memberIds: [] } },
  'with an unknown member': { body: { ownerId: OWNER, memberIds: [MEMBER, UNKNOWN] } },
  'with an unknown owner': { body: { ownerId: UNKNOWN, memberIds: [] } },
  'without members': { body: { ownerId: OWNER } },
  'with properties of other versions': { body: { parentId: OWNER, customerIds: [], currency: 'EUR' } },
  'that is not JSON': { body: '{"ownerId":' },
  'in another media type': { headers: { 'content-type': 'text/plain' }, body: 'text' },
});

/** Requests of a client of the first version to the mock, for every response of its contract, by name and by status. */
export const PREFERRED: Record<string, TestRequest> = Object.fromEntries(
  scenarios
    .flatMap(({ status, example }) => [`code=${status}`, ...(example === undefined ? [] : [`example=${example}`])])
    .map((prefer) => [`preferring ${prefer}`, { headers: { prefer }, body: { ownerId: OWNER, memberIds: [] } }]),
);

/** Their paths and methods are rejected before credentials are checked. */
export const MISPLACED: Record<string, TestRequest> = {
  'with another method': { method: 'GET' },
  'with an unknown method': { method: 'DELETE' },
  'to a path of other versions': { method: 'GET', path: '/api/customers' },
  'to an unknown path': { path: '/api/none' },
};

/** These responses depend on the version header alone, because the client is not authenticated. */
export const EARLY: Record<string, TestRequest> = {
  ...MISPLACED,
  'with wrong credentials': { headers: { authorization: 'Basic a2V5Ondyb25n' }, body: {} },
};

export interface Recorded {
  status: number;
  headers: Record<string, string>;
  text: string;
}

/** Sends each of the requests. Generated values of responses are left out. */
export async function record(url: string, requests: Record<string, TestRequest>, sent: Record<string, string>) {
  const recorded: Record<string, Recorded> = {};
  for (const [name, { headers, ...request }] of Object.entries(requests)) {
    const all = { authorization: DEMO, 'content-type': 'application/json', ...sent, ...headers };
    const response = await exchange(url, { ...request, headers: { ...all } });
    const { date: _, 'x-request-id': __, ...kept } = response.headers;
    const text = response.text.replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'a new ID');
    recorded[name] = { status: response.status, headers: kept, text };
  }
  return recorded;
}

/** Requests without preferences, for the responses that are queued in the mock, in this order. */
export async function recordQueued(url: string, sent: Record<string, string>) {
  const recorded: Record<string, Recorded> = {};
  for (const { example } of scenarios) {
    const queued = await exchange(url, { path: '/_mock/next', body: { example } });
    if (queued.status !== 204) throw new Error(queued.text);
    const body = { ownerId: OWNER, memberIds: [] };
    Object.assign(recorded, await record(url, { [`queued ${example}`]: { body } }, sent));
  }
  return recorded;
}

/** A client of this project, which only has the first version. */
export async function useClient(url: string) {
  const client = createClient({ baseUrl: `${url}/api`, credentials: { clientId: 'key', clientSecret: 'secret' } });
  const post = (memberIds: string[]) => client.POST('/customer-organizations', { body: { ownerId: OWNER, memberIds } });
  const [created, rejected] = [await post([MEMBER]), await post([UNKNOWN])];
  return {
    created: { owner: created.data?.owner, members: created.data?.members },
    rejected: rejected.error,
    versions: [created, rejected].map(({ response }) => response.headers.get('sequence-version')),
  };
}
