// The client's calls for operations of every supported kind, against the edge.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClientFor } from '../../../openapi/client/client.ts';
import { UnexpectedResponse } from '../../../openapi/client/errors/unexpected-response.ts';
import { readOperationTables } from '../../../openapi/model/operation-tables.ts';
import { toClientOperations } from '../../../openapi/model/to-client-operations.ts';
import { growContract, grownHandlers, THING_ID } from '../../support/contract/grown-contract.ts';
import { DEMO } from '../../support/http/http.ts';
import { startEdge, type Target } from '../../support/targets.ts';

const contract = growContract();
const { routes, errorTypes } = readOperationTables(contract);
const tables = toClientOperations(routes, errorTypes);
const { handlers, received } = grownHandlers();
const requests: Request[] = [];
let target: Target;
let client: object;
beforeAll(async () => {
  // The types only cover the handlers of the generated contract.
  target = await startEdge(handlers as object, { contract });
  client = createClientFor(tables, {
    baseUrl: `${target.url}/api`,
    credentials: { clientId: 'key', clientSecret: 'secret' },
    fetch: (request) => {
      requests.push(request);
      return fetch(request);
    },
    retries: 0,
  });
});
afterAll(() => target.close());

const path = { 'thing-id': THING_ID };

async function call(method: string, at: string, init?: object) {
  // The type of the client only covers the operations of the generated contract.
  const send = Reflect.get(client, method) as (path: string, init?: object) => Promise<CallResult>;
  const { response, data, error } = await send(at, init);
  return { status: response.status, data, error };
}

interface CallResult {
  response: Response;
  data?: unknown;
  error?: unknown;
}

describe('a call', () => {
  it('writes parameters as the edge reads them', async () => {
    const query = {
      limit: 5,
      tags: ['ab', 'c,d'],
      ids: [1, 2],
      names: ['a,b', 'c d'],
      search: "it's (a+b): ?&=#/",
      exact: false,
    };

    const { status } = await call('GET', '/things/{thing-id}', { params: { path, query, header: { 'X-Depth': 2 } } });

    expect(status).toBe(200);
    expect(received.at(-1)).toMatchObject({ path, query, headers: { 'X-Depth': 2 } });
  });

  it('encodes values that would change the path', async () => {
    const { status } = await call('GET', '/jobs/{id}', { params: { path: { id: '1/../2' } } });

    expect(requests.at(-1)?.url).toBe(`${target.url}/api/jobs/1%2F..%2F2`);
    expect(status).toBe(400);
  });

  it.each([
    ['DELETE', '/things/{thing-id}', { params: { path } }, 204],
    ['POST', '/jobs', { body: { name: 'ab', size: 1 } }, 202],
    ['POST', '/jobs', {}, 202],
    ['GET', '/jobs/latest', {}, 302],
  ])('resolves with the declared response without a body: %s %s', async (method, at, init, status) => {
    expect(await call(method, at, init)).toEqual({ status, data: undefined, error: undefined });
  });

  it('sends the media type of the contract', async () => {
    const { status } = await call('PATCH', '/things/{thing-id}', { params: { path }, body: { note: null } });

    expect(status).toBe(200);
    expect(requests.at(-1)?.headers.get('Content-Type')).toBe('application/merge-patch+json');
  });

  it('sends credentials only where they are needed', async () => {
    await call('GET', '/jobs/latest');
    const open = requests.at(-1)?.headers.get('Authorization');
    await call('GET', '/jobs/{id}', { params: { path: { id: 1 } } });

    expect([open, requests.at(-1)?.headers.get('Authorization')]).toEqual([null, DEMO]);
  });

  it('rejects with an unexpected response where a body is missing', async () => {
    client = createClientFor(tables, {
      baseUrl: 'https://api.test',
      fetch: async () => new Response(null, { status: 200 }),
    });

    await expect(call('GET', '/jobs/{id}', { params: { path: { id: 1 } } })).rejects.toBeInstanceOf(UnexpectedResponse);
  });
});
