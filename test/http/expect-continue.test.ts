// Expect: 100-continue (RFC 9110, section 10.1.1): the client waits before it sends its body, and need not send it when
// its header is enough to reject it.
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../../server/edge/errors.ts';
import { PATH } from '../support/http/http.ts';
import {
  BOTH,
  closing,
  createText,
  errorIn,
  type LoggedTarget,
  readResponses,
  sendBytes,
} from '../support/http/raw-http.ts';
import { openConnection, statusesIn } from '../support/http/sockets.ts';
import { startEdge, startSqliteServer } from '../support/targets.ts';

const BODY = JSON.stringify({ ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] });
/** A body that is scanned in another thread, so that the requests behind it wait for its response. */
const LARGE_BODY = BODY.padEnd(40_000);
const KEEP = { Connection: 'keep-alive' };
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const EXPECT = { Expect: '100-continue', Connection: 'keep-alive' };

/** The header of a create. Its body is never sent. */
const headOf = (headers: Record<string, string> = {}, path = PATH, method = 'POST') =>
  createText('', { 'Content-Length': String(BODY.length), ...EXPECT, ...headers })
    .replace(PATH, path)
    .replace('POST', method);

const DECIDED_BY_THE_HEADER: [type: string, status: number, head: string][] = [
  ['Unauthorized', 401, headOf({ Authorization: 'none' })],
  ['NotFound', 404, headOf({}, '/x')],
  ['MethodNotAllowed', 405, headOf({}, PATH, 'PUT')],
  ['PayloadTooLarge', 413, headOf({ 'Content-Length': '1048577' })],
  ['UnsupportedMediaType', 415, headOf({ 'Content-Type': 'text/plain' })],
  ['UnsupportedMediaType', 415, headOf({ 'Content-Encoding': 'compress' })],
  ['UnrecognisedApiVersion', 400, headOf({ 'Sequence-Version': '2000-01-01' })],
  ['InvalidRequest', 400, headOf({ Host: 'a b' })],
  ['InvalidRequest', 400, headOf({}, '/#')],
  ['InvalidRequest', 400, headOf().replace(/Content-Length: \d+/, 'Transfer-Encoding: gzip, chunked')],
];

describe.each(BOTH)('%s', (_, start) => {
  let target: LoggedTarget;
  beforeAll(async () => {
    target = await start();
  });
  afterAll(() => target.close());

  it.each(DECIDED_BY_THE_HEADER)('returns %s, %i, before the body is sent, and closes', async (type, status, head) => {
    const before = target.lines.length;
    const text = await sendBytes(target.url, head);

    expect(text).not.toContain('100 Continue');
    const [response, ...others] = readResponses(text, ['POST']);
    expect([response?.status, response && errorIn(response).type, others]).toEqual([status, type, []]);
    expect(response?.headers.connection).toBe('close');
    await vi.waitFor(() => expect(target.lines.slice(before)).toEqual([expect.objectContaining({ status })]));
  });

  it.each([
    ['a length', createText(BODY, EXPECT)],
    [
      'chunks',
      createText(`${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`, EXPECT).replace(
        /Content-Length: \d+/,
        'Transfer-Encoding: chunked',
      ),
    ],
    ['other letters', createText(BODY, { ...EXPECT, Expect: '100-Continue' })],
    ['another expectation besides', createText(BODY, { ...EXPECT, Expect: 'x, 100-continue' })],
  ])('sends 100 when the body is wanted, then the final status: %s', async (_name, request) => {
    const connection = await openConnection(target.url);
    const [head = '', body = ''] = request.split(/(?<=\r\n\r\n)/s, 2);

    connection.socket.write(head);
    await vi.waitFor(() => expect(connection.received()).toBe(CONTINUE));
    connection.socket.write(request.slice(head.length));
    await connection.responses(2);

    expect(body).not.toBe('');
    expect(statusesIn(connection.received())).toEqual([100, 201]);
    expect(connection.received()).toContain('Connection: keep-alive\r\n');
  });

  it('creates once when the client does not wait', async () => {
    const text = await sendBytes(target.url, createText(BODY, { ...EXPECT, Connection: 'close' }));

    expect(statusesIn(text).filter((status) => status !== 100)).toEqual([201]);
  });

  it('sends no 100 to HTTP/1.0', async () => {
    const text = await sendBytes(
      target.url,
      createText(BODY, { Expect: '100-continue' }).replace('HTTP/1.1', 'HTTP/1.0'),
    );

    expect(statusesIn(text)).toEqual([201]);
  });

  it.each(['x', '100-continuex', ''])('ignores the expectation %j', async (expectation) => {
    const text = await sendBytes(target.url, createText(BODY, { Expect: expectation }));

    expect(statusesIn(text)).toEqual([201]);
  });

  it.each([
    ['small', BODY],
    ['large', LARGE_BODY],
  ])('sends the 100 of a pipelined request after the response before it: %s', async (_name, first) => {
    const connection = await openConnection(target.url);

    connection.socket.write(createText(first, { Connection: 'keep-alive' }) + headOf());
    await connection.responses(2);
    connection.socket.write(BODY);
    await connection.responses(3);

    expect(statusesIn(connection.received())).toEqual([201, 100, 201]);
  });
});

describe('100 Continue', () => {
  it.each(BOTH)('is not sent into the response to a pipelined request that did not wait: %s', async (name, start) => {
    const target = await closing(start());
    for (const count of [1, 10, 100, 800]) {
      // The server rejects these customers, and the mock knows them; both name each.
      const memberIds = Array.from({ length: count }, () => randomUUID());
      const many = createText(JSON.stringify({ ...JSON.parse(BODY), memberIds }), EXPECT);
      const last = createText(BODY, { Connection: 'close' });

      const text = await sendBytes(target.url, createText(LARGE_BODY, KEEP) + many + last);

      const responses = readResponses(text, ['POST', 'POST', 'POST']);
      expect(responses.map(({ status }) => status)).toEqual([201, name === 'the mock' ? 201 : 400, 201]);
      const [, { body } = expect.unreachable()] = responses;
      expect(memberIds.filter((id) => !body.includes(id))).toEqual([]);
      expect(() => JSON.parse(body)).not.toThrow();
    }
  });

  it.each(BOTH)('is not sent when a part of the body has arrived: %s', async (_, start) => {
    const { url } = await closing(start());
    const connection = await openConnection(url);

    connection.socket.write(headOf() + BODY.slice(0, 1));
    // Another request is served after the first part has arrived.
    await sendBytes(url, createText(BODY, { Connection: 'close' }));
    connection.socket.write(BODY.slice(1));
    await connection.responses(1);

    expect(statusesIn(connection.received())).toEqual([201]);
  });

  it('is sent for a compressed body', async () => {
    const { url } = await closing(startSqliteServer());
    const body = gzipSync(BODY);
    const connection = await openConnection(url);

    connection.socket.write(headOf({ 'Content-Encoding': 'gzip', 'Content-Length': String(body.length) }));
    await vi.waitFor(() => expect(connection.received()).toBe(CONTINUE));
    connection.socket.write(body);
    await connection.responses(2);

    expect(statusesIn(connection.received())).toEqual([100, 201]);
  });

  it('is sent when the client is authenticated, not before', async () => {
    const { promise, resolve } = Promise.withResolvers<{ account: string; clientId: string }>();
    const authenticate = vi.fn(() => promise);
    const { url } = await closing(startEdge({}, { authenticate }));
    const connection = await openConnection(url);

    connection.socket.write(headOf());
    await vi.waitFor(() => expect(authenticate).toHaveBeenCalled());
    await sendBytes(url, 'GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    expect(connection.received()).toBe('');
    resolve({ account: 'account', clientId: 'key' });

    await vi.waitFor(() => expect(connection.received()).toBe(CONTINUE));
  });

  it('is not sent when a rate limit rejects the request', async () => {
    const limit = () => {
      throw new ApiError('RateLimited', { headers: { 'Retry-After': 1 } });
    };
    const { url } = await closing(startEdge({}, { limit }));

    expect(statusesIn(await sendBytes(url, headOf()))).toEqual([429]);
  });

  it('is sent before 413 when the body is chunked', async () => {
    const { url } = await closing(startEdge({}));
    const connection = await openConnection(url);

    connection.socket.write(headOf().replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked'));
    await vi.waitFor(() => expect(connection.received()).toBe(CONTINUE));
    connection.socket.write(`${(1_048_577).toString(16)}\r\n${' '.repeat(1_048_577)}\r\n0\r\n\r\n`);
    await connection.responses(2);

    expect(statusesIn(connection.received())).toEqual([100, 413]);
  });

  it('is followed by 400 when the body does not come in time', async () => {
    const { url } = await closing(startEdge({}, {}, { timeouts: { headerMs: 300, requestMs: 600, checkMs: 50 } }));

    const text = await sendBytes(url, headOf());

    expect(statusesIn(text)).toEqual([100, 400]);
    expect(text).toContain('The request did not arrive in time.');
  });
});
