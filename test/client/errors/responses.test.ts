// Calls without a response, and responses that do not match the contract.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NetworkError, UnexpectedResponse } from '../../../openapi/client/index.ts';
import { createClient } from '../../support/contract/tested-version.ts';
import { BODY, CREATED, CREDENTIALS, clientWith, errorResponse, json, PATH, text } from '../scripted-client.ts';

describe('a call without a response', () => {
  it('rejects with NetworkError, its attempts and its cause', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((settle) => closed.once('listening', settle));
    const { port } = closed.address() as AddressInfo; // It listens on a port.
    await new Promise((settle) => closed.close(settle));
    const client = createClient({
      baseUrl: `http://127.0.0.1:${port}/api`,
      credentials: CREDENTIALS,
      retries: 1,
    });

    const error = await client.POST(PATH, { body: BODY }).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({
      message:
        `No valid response to POST http://127.0.0.1:${port}/api/customer-organizations after 2 attempts: ` +
        `connect ECONNREFUSED 127.0.0.1:${port}`,
      attempts: 2,
      reason: 'refused',
      idempotencyKey: expect.stringMatching(/^[0-9a-f-]{36}$/),
      cause: expect.any(TypeError),
    });
  });

  it('rejects with NetworkError and the reason of the signal when it aborts before or during the request', async () => {
    const unresponsive = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((settle) => unresponsive.once('listening', settle));
    onTestFinished(() => unresponsive.closeAllConnections());
    onTestFinished(() => void unresponsive.close());
    const { port } = unresponsive.address() as AddressInfo; // It listens on a port.
    const client = createClient({ baseUrl: `http://127.0.0.1:${port}/api`, credentials: CREDENTIALS });

    const late = client.POST(PATH, { body: BODY, signal: AbortSignal.timeout(50) });
    const before = client.POST(PATH, { body: BODY, signal: AbortSignal.abort(new Error('Not now.')) });
    const reasons = (await Promise.allSettled([late, before])).map((each) => 'reason' in each && each.reason);

    expect(reasons).toMatchObject([
      { name: 'NetworkError', reason: 'timeout', attempts: 1, cause: { name: 'TimeoutError' } },
      { name: 'NetworkError', reason: 'abort', attempts: 0, cause: new Error('Not now.') },
    ]);
  });
});

describe('a response that does not match the contract', () => {
  it.each([
    [
      'the HTML of a proxy',
      () => text(502, '<h1>Bad Gateway</h1>', 'text/html'),
      '502 with text/html, which does not match the contract. Check the base URL. Body: <h1>Bad Gateway</h1>',
    ],
    ['HTML as success', () => text(201, '<h1>Log in</h1>', 'text/html'), '201 with text/html'],
    ['a truncated success', () => text(201, '{"id":', 'application/json'), '201 with application/json'],
    ['an empty success', () => new Response(null, { status: 201 }), '201 without a body'],
    [
      'an empty success with Content-Length: 0',
      () => new Response('', { status: 201, headers: { 'Content-Length': '0' } }),
      '201 without a body',
    ],
    ['an empty error', () => new Response(null, { status: 500 }), '500 without a body'],
    ['the error of a gateway', () => json(401, { message: 'Forbidden' }), '401 with application/json'],
    ['null as error', () => json(400, null), '400 with application/json'],
    ['an undeclared error status', () => errorResponse(418, 'Teapot'), '418 with application/json'],
    ['an undeclared success status', () => json(200, CREATED), '200 with application/json'],
    ['a very long body', () => text(500, 'x'.repeat(1_000_000), 'text/plain'), `${'x'.repeat(200)}…`],
    ['text as success', () => json(201, 'done'), '201 with application/json'],
    ['a number as success', () => json(201, 5), '201 with application/json'],
    ['null as success', () => json(201, null), '201 with application/json'],
    ['text as error', () => json(400, 'no'), '400 with application/json'],
  ])('rejects with UnexpectedResponse: %s', async (_, respond, message) => {
    const expected = respond();
    const { client, keys } = clientWith([respond()]);

    const error = await client.POST(PATH, { body: BODY }).catch((reason: unknown) => reason);

    if (!(error instanceof UnexpectedResponse)) throw error;
    expect(error.message).toContain(message);
    expect(error.message).toContain('POST https://api.test/api/customer-organizations returned');
    expect(error.message.length).toBeLessThan(500);
    expect(error.status).toBe(expected.status);
    expect([error.idempotencyKey]).toEqual(keys());
  });

  it.each([600, 999])(
    'rejects with UnexpectedResponse for the status %i, which no Response can be made with',
    async (status) => {
      const server = createServer((_, response) => response.writeHead(status).end('Denied')).listen(0, '127.0.0.1');
      onTestFinished(() => void server.close());
      await new Promise((settle) => server.once('listening', settle));
      const { port } = server.address() as AddressInfo; // It listens on a port.
      const client = createClient({ baseUrl: `http://127.0.0.1:${port}` });

      const error = await client.POST(PATH, { body: BODY }).catch((reason: unknown) => reason);

      expect(error).toBeInstanceOf(UnexpectedResponse);
      expect(error).toMatchObject({ status, body: 'Denied', idempotencyKey: expect.any(String) });
    },
  );

  it.each([
    ['null', null],
    [' null ', null],
    ['false', false],
    ['0', 0],
    ['""', ''],
    ['[]', []],
    ['{"a":null}', { a: null }],
    ['nul', 'nul'],
    ['', ''],
    ['undefined', 'undefined'],
  ])('has its body parsed if that is JSON, else as text: %j', async (sent, body) => {
    const { client } = clientWith([text(502, sent, 'application/json')]);

    const error: unknown = await client.POST(PATH, { body: BODY }).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(UnexpectedResponse);
    expect(error).toHaveProperty('body', body);
  });

  it('is retried when its status is 503', async () => {
    const { client, requests } = clientWith([
      new Response('busy', { status: 503, headers: { 'Retry-After': '0' } }),
      json(201, CREATED),
    ]);

    const { response } = await client.POST(PATH, { body: BODY });

    expect([response.status, requests.length]).toEqual([201, 2]);
  });

  it.each([
    [404, 'NotFound'],
    [405, 'MethodNotAllowed'],
  ])('yields the declared error for %i, a fallback response', async (status, type) => {
    const { client } = clientWith([errorResponse(status, type)]);

    expect(await client.POST(PATH, { body: BODY })).toMatchObject({ response: { status }, error: { error: { type } } });
  });
});
