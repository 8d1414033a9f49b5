// Parameters in conversions between versions: renamed ones of every kind reach the handler with their types.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Contract } from '../../../openapi/model/contract.ts';
import type { VersionChange } from '../../../server/versions/version-change.ts';
import { growContract, grownHandlers, THING_ID } from '../../support/contract/grown-contract.ts';
import { basic, DEMO, exchange } from '../../support/http/http.ts';
import { startEdge, type Target } from '../../support/targets.ts';

const [OLDER, NEWER] = ['2024-07-30', '2025-06-01'];

/** Parameters of the path, the query and the header have other names in the newer version. */
function rename(contract: Contract): Contract {
  const renamed: Contract = JSON.parse(
    JSON.stringify(contract)
      .replaceAll('thing-id', 'id')
      .replaceAll('"name":"limit"', '"name":"size"')
      .replaceAll('"name":"names"', '"name":"labels"')
      .replaceAll('X-Depth', 'X-Levels'),
  );
  renamed.info.version = NEWER ?? '';
  renamed.components.schemas.ApiVersion = { type: 'string', enum: [OLDER, NEWER] };
  return renamed;
}

const change: VersionChange = {
  version: NEWER ?? '',
  operations: {
    readThing: {
      upgradeRequest: ({
        path,
        query: { limit, names, ...query },
        headers: { 'X-Depth': depth, ...headers },
        body,
      }) => ({
        path: { id: path['thing-id'] },
        query: { ...query, size: limit, labels: names },
        headers: { ...headers, 'X-Levels': depth },
        body,
      }),
    },
    deleteThing: { upgradeRequest: ({ path, ...request }) => ({ ...request, path: { id: path['thing-id'] } }) },
    changeThing: { upgradeRequest: ({ path, ...request }) => ({ ...request, path: { id: path['thing-id'] } }) },
  },
};

const { handlers, received } = grownHandlers();
const older = growContract();
let target: Target;
beforeAll(async () => {
  const olderVersions = [{ version: OLDER ?? '', contract: older, change }];
  target = await startEdge(handlers, {
    contract: rename(older),
    olderVersions,
    authenticate: ({ clientId }) => ({
      account: 'account',
      clientId,
      ...(clientId === 'pinned' && { version: OLDER ?? '' }),
    }),
  });
});
afterAll(() => target.close());
beforeEach(() => {
  received.length = 0;
});

const ask = (method: string, path: string, version: string | undefined, headers = {}, body?: unknown) =>
  exchange(target.url, {
    method,
    path,
    headers: { authorization: DEMO, ...(version !== undefined && { 'sequence-version': version }), ...headers },
    body,
  });

it('convert parameters of path, query and header, lists and defaults included', async () => {
  const query = 'limit=5&tags=ab&tags=c%20d&ids=1,2&names=a%2Cb,c&exact=true&search=it%27s%20%28a%2Bb%29';

  const { status, text } = await ask('GET', `/api/things/${THING_ID}?${query}`, OLDER);

  expect(status, text).toBe(200);
  expect(received).toEqual([
    {
      operationId: 'readThing',
      path: { id: THING_ID },
      query: {
        size: 5,
        tags: ['ab', 'c d'],
        ids: [1, 2],
        labels: ['a,b', 'c'],
        exact: true,
        search: "it's (a+b)",
      },
      headers: { 'X-Levels': 3 },
      body: undefined,
    },
  ]);
});

it('reject parameters of the other version, by the names of the version asked for', async () => {
  const responses = [
    await ask('GET', `/api/things/${THING_ID}?size=5`, OLDER),
    await ask('GET', `/api/things/${THING_ID}?limit=5`, NEWER),
    await ask('GET', '/api/things/wrong', OLDER),
    await ask('GET', '/api/things/wrong', NEWER),
  ];

  const pointers = responses.map(
    ({ body }) => (body as { error: { details: { pointer: string }[] } }).error.details[0]?.pointer,
  );
  expect(responses.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
  expect(pointers).toEqual(['/size', '/limit', '/thing-id', '/id']);
  expect(received).toEqual([]);
});

it('have the version of the pin in the 404 for one that is no percent-encoded UTF-8', async () => {
  const pinned = { authorization: basic('pinned', 'secret') };

  const responses = [
    await ask('GET', '/api/things/%FF', undefined, pinned),
    await ask('GET', '/api/things/%FF', undefined),
    await ask('GET', '/api/things/%FF', OLDER),
  ];

  expect(responses.map(({ status, headers }) => [status, headers['sequence-version']])).toEqual([
    [404, OLDER],
    [404, NEWER],
    [404, OLDER],
  ]);
});

it('convert responses without a body, and requests in another media type', async () => {
  const patch = { 'content-type': 'application/merge-patch+json' };

  const [deleted, changed] = [
    await ask('DELETE', `/api/things/${THING_ID}`, OLDER),
    await ask('PATCH', `/api/things/${THING_ID}`, OLDER, patch, { name: 'Screw' }),
  ];

  expect([deleted.status, deleted.text]).toEqual([204, '']);
  expect(changed.status, changed.text).toBe(200);
  expect(changed.headers['content-type']).toContain('application/vnd.thing+json');
  expect(received.map(({ path, body }) => [path, body])).toEqual([
    [{ id: THING_ID }, undefined],
    [{ id: THING_ID }, { name: 'Screw' }],
  ]);
});

it.each([
  ['POST', '/api/jobs', { name: 'ab', size: 1.5 }, 202],
  ['POST', '/api/jobs', undefined, 202],
  ['GET', '/api/jobs/latest', undefined, 302],
  ['POST', '/api/pets', { kind: 'cat', lives: 9 }, 201],
  ['POST', '/api/notes', null, 204],
])('pass on what is the same in both versions: %s %s %j', async (method, path, body, status) => {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  // `exchange` would leave out null.
  const sent = body === undefined ? undefined : JSON.stringify(body);

  const [one, other] = [await ask(method, path, OLDER, headers, sent), await ask(method, path, NEWER, headers, sent)];

  expect([one.status, other.status], one.text).toEqual([status, status]);
  expect(one.text).toBe(other.text);
  expect(received[0]).toEqual(received[1]);
});
