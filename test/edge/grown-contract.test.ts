// Operations of every supported kind behind the edge: the requests that reach their handlers, and the messages about
// others.
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Schema } from '../../openapi/model/contract.ts';
import { createResponseValidator } from '../conformance/validate/validate-response.ts';
import { growContract, grownHandlers, THING_ID } from '../support/contract/grown-contract.ts';
import { DEMO, exchange, type TestRequest } from '../support/http/http.ts';
import { startEdge, type Target } from '../support/targets.ts';

const { handlers, received } = grownHandlers();
let target: Target;
beforeAll(async () => {
  target = await startEdge(handlers, {
    contract: growContract(),
    authenticate: ({ clientId, secret }) => (secret === 'secret' ? { account: 'account', clientId } : undefined),
  });
});
afterAll(() => target.close());
beforeEach(() => {
  received.length = 0;
});

const THING = `/api/things/${THING_ID}`;
const validate = createResponseValidator(growContract());

/** Sends a request with the demo credentials. Rejects when the response violates the contract. */
async function ask(method: string, path: string, { headers, ...more }: Partial<TestRequest> = {}, url = target.url) {
  const type = more.body === undefined ? {} : { 'content-type': 'application/json' };
  const sent = { method, path, headers: { authorization: DEMO, ...type, ...headers }, ...more };
  const response = await exchange(url, sent);
  const violations = validate({ method, path: new URL(path, url).pathname }, response);
  if (violations.length > 0) throw new Error(JSON.stringify({ violations, response }));
  return response;
}

const details = (response: { body: unknown }) =>
  (response.body as { error: { details: { in: string; pointer: string; message: string }[] } }).error.details;

describe('parameters', () => {
  it('reach the handler with their types, under the names of the contract', async () => {
    const query = 'limit=5&tags=ab&tags=c%20d&ids=1,2&names=a%2Cb,c&state=open&exact=true&search=it%27s%20%28a%2Bb%29';

    const { status } = await ask('GET', `${THING}?${query}`, { headers: { 'X-Depth': '7' } });

    expect(status).toBe(200);
    expect(received).toEqual([
      {
        operationId: 'readThing',
        path: { 'thing-id': THING_ID },
        query: {
          limit: 5,
          tags: ['ab', 'c d'],
          ids: [1, 2],
          names: ['a,b', 'c'],
          state: 'open',
          exact: true,
          search: "it's (a+b)",
        },
        headers: { 'X-Depth': 7 },
        body: undefined,
      },
    ]);
  });

  it.each([
    ['search=a+b', { search: 'a b' }],
    ['search=a%2Bb', { search: 'a+b' }],
    ['search=a:b/c?d@e;f,g', { search: 'a:b/c?d@e;f,g' }],
    ["search=(a)!*'$", { search: "(a)!*'$" }],
    ['search=a=b', { search: 'a=b' }],
    ['search=1e3', { search: '1e3' }],
    ['search=null', { search: 'null' }],
    ['search=%7B%22a%22:1%7D', { search: '{"a":1}' }],
    ['search=%25', { search: '%' }],
    ['when=2024-07-30T12:00:00Z', { when: '2024-07-30T12:00:00Z' }],
    ['when=2024-07-30T12:00:00%2B02:00', { when: '2024-07-30T12:00:00+02:00' }],
    ['tags=a+b', { tags: ['a b'] }],
    ['tags=a:b&tags=c,d', { tags: ['a:b', 'c,d'] }],
    ['ids=1', { ids: [1] }],
    ['ids=1%2C2', { ids: [1, 2] }],
    ['ids=1%2c2,3', { ids: [1, 2, 3] }],
    ['names=a%2Cb', { names: ['a,b'] }],
    ['names=a+b,c:d', { names: ['a b', 'c:d'] }],
    ['%6Eames=a', { names: ['a'] }],
  ])('reach the handler decoded from form encoding: %s', async (query, expected) => {
    const { status } = await ask('GET', `${THING}?${query}`);

    expect(status).toBe(200);
    expect(received[0]?.query).toEqual({ limit: 10, ...expected });
  });

  it.each(['', '?state=open'])('have their defaults with the query %j', async (query) => {
    await ask('GET', THING + query);

    expect(received[0]).toMatchObject({ query: { limit: 10 }, headers: { 'X-Depth': 3 } });
  });

  it('replace those of the path where the operation has them too', async () => {
    const [number, uuid] = [await ask('GET', '/api/things/7/parts'), await ask('GET', `${THING}/parts`)];

    expect([number.status, uuid.status]).toEqual([200, 400]);
    expect(received[0]?.path).toEqual({ 'thing-id': 7 });
  });

  it.each([
    ['search=', 'search'],
    ['when=yesterday', 'when'],
    ['limit=101', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['ids=1&ids=2', 'ids'],
    ['ids=1&ids=', 'ids'],
    ['names=a&names=b', 'names'],
    ['ids=1,x', 'ids/1'],
    ['tags=a', 'tags/0'],
    ['unknown=1', 'unknown'],
    ['search[a]=1', 'search'],
  ])('return 400 with the location: %s', async (query, place) => {
    const response = await ask('GET', `${THING}?${query}`);

    expect(response.status).toBe(400);
    expect(details(response)).toEqual([
      { in: 'query', pointer: `/${place}`, message: expect.stringMatching(/^[A-Z].*\.$/) },
    ]);
    expect(received).toEqual([]);
  });
});

describe('a path without parameters', () => {
  it('takes precedence over one that also matches', async () => {
    const [latest, first] = [await ask('GET', '/api/jobs/latest'), await ask('GET', '/api/jobs/1')];

    expect([latest.status, first.status]).toEqual([302, 200]);
  });
});

describe('a response', () => {
  it('has its Location and no body when its status is 302', async () => {
    const { status, headers, text } = await ask('GET', '/api/jobs/latest');

    expect([status, headers.location, text]).toEqual([302, '/api/jobs/1', '']);
  });

  it('has its Location and no body when its status is 202', async () => {
    const { status, headers, text } = await ask('POST', '/api/jobs', { body: { name: 'ab', size: 1 } });

    expect([status, headers.location, text, headers['content-type']]).toEqual([202, '/api/jobs/1', '', undefined]);
  });

  it('has neither body nor length when its status is 204', async () => {
    const { status, headers, text } = await ask('DELETE', THING);

    expect([status, text, headers['content-length'], headers['content-type']]).toEqual([204, '', undefined, undefined]);
  });

  it('has the media type of the contract', async () => {
    const { status, headers } = await ask('PATCH', THING, {
      body: { note: null },
      headers: { 'content-type': 'application/merge-patch+json' },
    });

    expect([status, headers['content-type']]).toEqual([200, 'application/vnd.thing+json']);
  });
});

describe('credentials', () => {
  it.each([[[]], ['Basic wrong'], ['Bearer x']])(
    'are not asked for by an operation with `security: []`: %s',
    async (authorization) => {
      const { status } = await ask('GET', '/api/jobs/latest', { headers: { authorization } });

      expect(status).toBe(302);
    },
  );

  it.each([[[]], ['Basic wrong'], ['Bearer x']])(
    'are asked for by every other operation: %s',
    async (authorization) => {
      const { status } = await ask('DELETE', THING, { headers: { authorization } });

      expect(status).toBe(401);
      expect(received).toEqual([]);
    },
  );
});

describe('a body', () => {
  it.each([
    ['POST', '/api/notes'],
    ['POST', '/api/pets'],
    ['PUT', THING],
  ])('returns 400 when it is required and missing: %s %s', async (method, path) => {
    const response = await ask(method, path, { headers: { 'content-type': 'application/json' } });

    expect(response.status).toBe(400);
    expect(details(response)).toEqual([{ in: 'body', pointer: '', message: 'Required, but missing.' }]);
  });

  it.each([{}, { 'content-type': 'application/json' }])('may be missing when it is optional: %j', async (headers) => {
    const { status } = await ask('POST', '/api/jobs', { headers });

    expect(status).toBe(202);
    expect(received[0]?.body).toBeUndefined();
  });

  it.each<[what: string, schema: Schema]>([
    ['properties', { type: 'object', required: ['a'], properties: { a: { type: 'string' } } }],
    ['no property, in a list', { type: 'object', required: [], properties: { a: { type: 'string' } } }],
    ['properties of parts', { allOf: [{ type: 'object', required: ['a'], properties: { a: { type: 'string' } } }] }],
    ['properties, by reference', { $ref: '#/components/schemas/Needy' }],
    ['properties beside a reference', { $ref: '#/components/schemas/Needy', required: ['b'] }],
  ])('may be missing when it is optional, though its schema requires %s', async (_, schema) => {
    const contract = growContract();
    contract.components.schemas.Needy = { type: 'object', required: ['a'], properties: { a: { type: 'string' } } };
    const { post } = contract.paths['/jobs'] ?? {};
    Object.assign(Object(post), { requestBody: { content: { 'application/json': { schema } } } });
    const edge = await startEdge(handlers, { contract, authenticate: ({ clientId }) => ({ account: 'a', clientId }) });
    onTestFinished(() => edge.close());

    const missing = await ask('POST', '/api/jobs', {}, edge.url);
    const empty = await ask('POST', '/api/jobs', { body: {} }, edge.url);

    expect(missing.status).toBe(202);
    expect(empty.status).toBe(Array.isArray(schema.required) && schema.required.length === 0 ? 202 : 400);
  });

  it.each([[null], [0], [''], [false], [[]]])('may be any value where the contract says so: %j', async (body) => {
    const { status } = await ask('POST', '/api/notes', { body: JSON.stringify(body) });

    expect(status).toBe(204);
    expect(received[0]?.body).toEqual(body);
  });

  it('returns 400 when it has a readOnly property, null included', async () => {
    const valid = { name: 'Bolt', secret: 's', note: null };
    const responses = [await ask('PUT', THING, { body: valid })];
    for (const id of [THING_ID, null]) responses.push(await ask('PUT', THING, { body: { ...valid, id } }));

    expect(responses.map(({ status }) => status)).toEqual([200, 400, 400]);
    expect(responses.slice(1).map(details)).toEqual(
      Array(2).fill([{ in: 'body', pointer: '/id', message: 'Read-only: only responses have it.' }]),
    );
  });

  it('is validated at every level where its schema is recursive', async () => {
    const child = { name: '', secret: 's', note: 1 };

    const response = await ask('PUT', THING, { body: { name: 'Bolt', secret: 's', note: null, children: [child] } });

    expect(details(response).map(({ pointer }) => pointer)).toEqual(['/children/0/name', '/children/0/note']);
  });

  it.each([
    [{ kind: 'cat', lives: 9 }, 201, []],
    [{ kind: 'dog', barks: true }, 201, []],
    [{ kind: 'cat', barks: true }, 400, ['/lives']],
    [{ kind: 'cat', lives: 10 }, 400, ['/lives']],
    [{ kind: 'cow' }, 400, ['']],
    [{}, 400, ['']],
    [null, 400, ['']],
    [['cat'], 400, ['']],
  ])('is validated as the variant that it names: %j', async (body, status, pointers) => {
    const response = await ask('POST', '/api/pets', { body });

    expect(response.status).toBe(status);
    if (status === 400) expect(details(response).map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it.each([
    [{ name: 'ab', size: 1 }, 202, []],
    [{ name: 'a', size: 0 }, 400, ['/name', '/size']],
    [{ size: 1 }, 400, ['/name']],
  ])('is validated by all parts of an allOf: %j', async (body, status, pointers) => {
    const response = await ask('POST', '/api/jobs', { body });

    expect(response.status).toBe(status);
    if (status === 400) expect(details(response).map(({ pointer }) => pointer)).toEqual(pointers);
  });
});

describe('what a handler returns', () => {
  it.each([
    ['a writeOnly property', { id: THING_ID, name: 'Bolt', secret: 's', note: null }],
    ['no readOnly property', { name: 'Bolt', note: null }],
  ])('is not sent with %s', async (_, body) => {
    const other = await startEdge(
      // The types only cover the handlers of the generated contract.
      { ...grownHandlers().handlers, ...{ replaceThing: async () => ({ status: 200, body }) } } as object,
      { contract: growContract() },
    );
    const { status } = await ask('PUT', THING, { body: { name: 'Bolt', secret: 's', note: null } }, other.url);
    await other.close();

    expect(status).toBe(500);
  });
});
