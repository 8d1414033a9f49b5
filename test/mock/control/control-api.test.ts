// The controls over HTTP: the effect of each operation, and its description in their OpenAPI file.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { createConfig, lint } from '@redocly/openapi-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Mock, startMock } from '../../../mock/start.ts';
import { exchange, PATH, send, type TestRequest } from '../../support/http/http.ts';
import { controlAt, FILE, undeclaredOf } from './control-client.ts';

const VALID = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };
const GZIP = { 'content-encoding': 'gzip' };

let mock: Mock;
let origin: string;
beforeAll(async () => {
  mock = await startMock({ port: 0, host: '0.0.0.0' });
  origin = `http://127.0.0.1:${mock.port}`;
});
afterAll(() => mock.close());
beforeEach(() => mock.reset());

const control = (method: string, path: string, body?: unknown) => controlAt(origin, method, path, body);
const create = () => send(origin, { body: VALID });

describe('POST /_mock/next', () => {
  it('queues a scenario', async () => {
    expect((await control('POST', '/_mock/next', { scenario: 'RateLimited', times: 2 })).status).toBe(204);
    expect((await control('POST', '/_mock/next', { example: 'publishedResponse' })).status).toBe(204);

    const responses = [await create(), await create(), await create(), await create()];

    expect(responses.map(({ status }) => status)).toEqual([429, 429, 201, 201]);
    expect(responses[2]?.body).toMatchObject({ id: 'c0dc4e79-ec52-4811-8cf5-addb2527915c' });
  });

  it.each([[{ networkError: true }], [{ hang: true }]])('queues %j', async (body) => {
    await control('POST', '/_mock/next', body);
    const outcome = create().catch((error: Error & { code?: string }) => error.code);
    const { response } = await mock.waitForRequest();
    await control('DELETE', '/_mock');

    expect(response).toBeNull();
    expect(await outcome).toBe('ECONNRESET');
  });

  it.each<[string, Partial<TestRequest>, number, string, RegExp]>([
    ['invalid gzip', { headers: { 'content-encoding': 'gzip' }, body: 'x' }, 400, 'MalformedJson', /not valid gzip/],
    ['an unknown coding', { headers: { 'content-encoding': 'x' }, body: '{}' }, 415, 'UnsupportedMediaType', /none\.$/],
    ['2 MiB', { body: ' '.repeat(2_097_152) }, 413, 'PayloadTooLarge', /1 MiB/],
    ['a zip bomb', { headers: GZIP, body: gzipSync(' '.repeat(2_097_152)) }, 413, 'PayloadTooLarge', /1 MiB/],
    ['truncated JSON', { body: '{"hang":' }, 400, 'MalformedJson', /^The body is not valid JSON at line 1, column 9/],
    ['invalid UTF-8', { body: Buffer.from('{"hang\xff": 1}', 'latin1') }, 400, 'MalformedJson', /not UTF-8 at byte 6/],
    ['a string', { body: '"RateLimited"' }, 400, 'InvalidRequest', /^The body must be an object, such as/],
    ['a number', { body: '5' }, 400, 'InvalidRequest', /must be an object/],
    [
      'a long name',
      { body: { scenario: 'x'.repeat(60_000) } },
      400,
      'InvalidRequest',
      /^There is no scenario "x{60}…"/,
    ],
    ['a long option', { body: { ['x'.repeat(60_000)]: 1 } }, 400, 'InvalidRequest', /^There is no option "x{60}…"/],
    [
      'a list of names',
      { body: { scenario: ['RateLimited'] } },
      400,
      'InvalidRequest',
      /^A scenario is a name, not an array\./,
    ],
    ['an invisible name', { body: { scenario: 'a\u202e' } }, 400, 'InvalidRequest', /"a\\u202e"/],
  ])('rejects %s with the messages of the API', async (_, sent, status, type, message) => {
    const response = await exchange(origin, { method: 'POST', path: '/_mock/next', ...sent });

    expect(response.status).toBe(status);
    expect(response.body).toEqual({ error: { type, message: expect.stringMatching(message) } });
    expect(response.text.length).toBeLessThan(500);
    expect(undeclaredOf(response, '/_mock/next')).toEqual([]);
    expect((await create()).status).toBe(201);
  });

  it('accepts compressed JSON in any media type', async () => {
    const body = gzipSync('\ufeff{"scenario":"RateLimited"}');
    const headers = { ...GZIP, 'content-type': 'text/plain' };

    expect((await exchange(origin, { method: 'POST', path: '/_mock/next', headers, body })).status).toBe(204);
    expect((await create()).status).toBe(429);
  });

  it.each([
    [{ scenario: 'RateLimted' }, /There are: .*RateLimited/],
    [{ scenario: 'RateLimited', tims: 2 }, /no option "tims"/],
    [{}, /is required/],
    [[], /must be an object/],
    ['', /is required/],
    ['null', /must be an object/],
  ])('rejects %j with the reason, and queues nothing', async (body, message) => {
    const response = await control('POST', '/_mock/next', body);

    expect(response.status).toBe(400);
    expect(response.body).toMatchObject({ error: { type: 'InvalidRequest', message: expect.stringMatching(message) } });
    expect((await create()).status).toBe(201);
  });
});

describe('GET /_mock/requests', () => {
  it('lists the requests to the API, oldest first', async () => {
    await create();
    await send(origin, { path: `${PATH}?x=1`, body: {} });
    mock.next({ networkError: true });
    await create().catch(() => undefined);

    const { status, body } = await control('GET', '/_mock/requests');

    expect(status).toBe(200);
    expect(body).toEqual(JSON.parse(JSON.stringify(mock.requests)));
    expect(body).toMatchObject([
      { method: 'POST', path: PATH, body: VALID, violations: [], response: { status: 201 } },
      {
        query: 'x=1',
        violations: expect.arrayContaining([{ in: 'query', pointer: '/x', message: expect.any(String) }]),
      },
      { response: null },
    ]);
  });

  it('is an empty list before the first', async () => {
    expect((await control('GET', '/_mock/requests')).body).toEqual([]);
  });
});

it('reports how many requests are not kept any more', async () => {
  expect((await control('GET', '/_mock/requests')).headers['dropped-requests']).toBe('0');
  const body = { ...VALID, note: 'x'.repeat(900_000) };
  for (let count = 0; count < 6; count++) await send(origin, { body });

  const { headers, body: kept } = await control('GET', '/_mock/requests');

  expect(kept).toHaveLength(4);
  expect(headers['dropped-requests']).toBe('2');
  expect(headers['access-control-expose-headers']).toContain('Dropped-Requests');
  expect(mock.droppedRequests).toBe(2);
});

it.each([
  ['POST', '/_mock/next'],
  ['GET', '/_mock/requests'],
  ['DELETE', '/_mock'],
])('rejects a query parameter of %s %s, and does nothing', async (method, path) => {
  await create();

  const response = await exchange(origin, { method, path: `${path}?limit=1`, body: { scenario: 'RateLimited' } });

  expect(response.status).toBe(400);
  expect(response.body).toEqual({
    error: { type: 'InvalidRequest', message: 'Unknown query parameter "limit". None is known here.' },
  });
  expect(undeclaredOf(response, path, method)).toEqual([]);
  expect(mock.requests).toHaveLength(1);
  expect((await create()).status).toBe(201);
});

describe('DELETE /_mock', () => {
  it('empties queue and journal', async () => {
    await control('POST', '/_mock/next', { scenario: 'RateLimited' });
    await send(origin, { body: {} });

    expect((await control('DELETE', '/_mock')).status).toBe(204);

    expect((await control('GET', '/_mock/requests')).body).toEqual([]);
    expect((await create()).status).toBe(201);
  });
});

describe('the controls', () => {
  it.each([
    ['GET', '/_mock', 'DELETE'],
    ['GET', '/_mock/next', 'POST'],
    ['DELETE', '/_mock/requests', 'GET, HEAD'],
    ['POST', '/_mock/openapi.yaml', 'GET, HEAD'],
    ['OPTIONS', '/_mock/next', 'POST'],
  ])('return 405 with the allowed methods for %s %s', async (method, path, allow) => {
    const response = await exchange(origin, { method, path });

    expect([response.status, response.headers.allow]).toEqual([405, allow]);
    expect(response.body).toMatchObject({
      error: { type: 'MethodNotAllowed', message: expect.stringContaining('DELETE /_mock') },
    });
  });

  it.each([
    ['GET', '/_mock/x'],
    ['GET', `/_mock/${'x'.repeat(5000)}`],
    ['DELETE', '/_mock/'],
    ['GET', '/_mock/'],
    ['DELETE', '/_mock//'],
    ['POST', '/_mock/next/'],
    ['GET', '/_mock/requests/'],
    ['GET', '/_mock/requests/?'],
    ['GET', '/_mock//requests'],
    ['GET', '/_mock/openapi.yaml/'],
    ['GET', '/_mock/Requests'],
  ])('return 404 with what there is for %s %s', async (method, path) => {
    const response = await exchange(origin, { method, path });

    expect(response.status).toBe(404);
    expect(response.body).toMatchObject({
      error: { type: 'NotFound', message: expect.stringContaining('DELETE /_mock') },
    });
  });

  it('are described by the OpenAPI file that they serve', async () => {
    const { status, text } = await exchange(origin, { method: 'GET', path: '/_mock/openapi.yaml' });

    expect(status).toBe(200);
    expect(text).toBe(await readFile(FILE, 'utf8'));
  });

  it('have a valid OpenAPI file', async () => {
    const config = await createConfig({ extends: ['recommended-strict'] });

    const problems = await lint({ ref: fileURLToPath(FILE), config });

    expect(problems.map(({ message, ruleId }) => `${ruleId}: ${message}`)).toEqual([]);
  });
});
