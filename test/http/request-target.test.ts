// The request target in all its forms, with every method (RFC 9112, section 3.2): each request gets one response in the
// envelope, and one line in the log.
import { once } from 'node:events';
import { createServer, METHODS } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createApp } from '../../server/edge/app.ts';
import { PATH } from '../support/http/http.ts';
import { BOTH, errorIn, type LoggedTarget, readResponses, sendBytes } from '../support/http/raw-http.ts';
import type { LogLine } from '../support/log-lines.ts';
import { completeHandlers } from '../support/targets.ts';
import { INVALID_TARGETS, VALID_TARGETS } from './request-targets.ts';

const UNKNOWN = 'The request does not begin with a method that this server knows.';
const OF_ANOTHER_PROTOCOL = 'The request line has an unknown method or HTTP version.';
/** Methods that are rejected whatever the target. */
const REJECTED_METHODS: [method: string, message: string][] = [
  ['CONNECT', 'This server is not a proxy, so it does not support CONNECT.'],
  ['DESCRIBE', OF_ANOTHER_PROTOCOL],
  ['FOO', UNKNOWN],
  ['get', UNKNOWN],
  ['GETS', UNKNOWN],
  ['G', UNKNOWN],
  ['X'.repeat(300), UNKNOWN],
  ['\x16\x03\x01', UNKNOWN],
  ['{"ownerId":', UNKNOWN],
];
const ORDINARY_METHODS = METHODS.filter((method) => !REJECTED_METHODS.some(([rejected]) => rejected === method));

const ERROR_TYPES = new Map([
  [400, 'InvalidRequest'],
  [401, 'Unauthorized'],
  [404, 'NotFound'],
  [405, 'MethodNotAllowed'],
]);

describe.each(BOTH)('%s', (_, start) => {
  let target: LoggedTarget;
  beforeAll(async () => {
    target = await start();
  });
  afterAll(() => target.close());

  /**
   * Sends one request. Checks that it gets one response, in the envelope if it is an error, with its line in the log.
   */
  async function ask(method: string, requestTarget: string): Promise<{ status: number; line: LogLine }> {
    target.lines.length = 0;
    const request = `${method} ${requestTarget} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
    const [response, ...others] = readResponses(await sendBytes(target.url, request), [method]);
    const [line, ...otherLines] = target.lines;
    expect([others, otherLines]).toEqual([[], []]);
    if (!response || !line)
      throw new Error(`There is no response, or no line in the log, for ${method} ${requestTarget}.`);
    const { status, headers, body } = response;
    expect(headers).toMatchObject({ 'sequence-version': '2024-07-30', 'x-request-id': line.requestId });
    expect(line).toMatchObject({ level: 'info', status });
    if (status !== 200) expect(headers['content-type']).toBe('application/json; charset=utf-8');
    if (method === 'HEAD') expect(body).toBe('');
    else if (status !== 200) expect(errorIn(response).type).toBe(ERROR_TYPES.get(status));
    if (status === 400 && method !== 'HEAD') expect(errorIn(response).message).toBe(line.reason);
    return { status, line };
  }

  it.each(ORDINARY_METHODS)('routes %s by the path of a valid target', async (method) => {
    for (const [valid, url] of VALID_TARGETS) {
      const path = url.replace(/\?.*/, '');
      const { status, line } = await ask(method, valid);

      expect({ valid, ...line }).toMatchObject({ valid, msg: 'request', method, path: path.slice(0, 200) });
      expect([valid, status]).toEqual([valid, statusOf(method, path)]);
    }
  });

  it.each(ORDINARY_METHODS)('returns 400 to %s with an invalid target', async (method) => {
    for (const [invalid, message] of INVALID_TARGETS) {
      const { status, line } = await ask(method, invalid);

      expect({ invalid, ...line }).toMatchObject({ invalid, msg: 'request rejected', method });
      expect([invalid, status]).toEqual([invalid, 400]);
      expect(line.reason).toMatch(message);
    }
  });

  it.each(ORDINARY_METHODS)('returns 404 to %s with the target * if it is OPTIONS, else 400', async (method) => {
    const { status, line } = await ask(method, '*');

    expect([status, line.method, line.path]).toEqual([method === 'OPTIONS' ? 404 : 400, method, '*']);
    expect(line.reason).toMatch(/^The request target \* (is for OPTIONS\.$|stands for the whole server)/);
  });

  it.each(REJECTED_METHODS)('returns 400 to %j with any target', async (method, message) => {
    for (const any of ['*', 'localhost:80', ...[...VALID_TARGETS, ...INVALID_TARGETS].map(([each]) => each)]) {
      const { status, line } = await ask(method, any);

      expect([any, status]).toEqual([any, 400]);
      // The parser may find an invalid target first.
      if (INVALID_TARGETS.some(([each]) => each === any)) expect(line.reason).toEqual(expect.any(String));
      else expect([any, line.reason]).toEqual([any, message]);
    }
  });

  it('keeps query and credentials of a rejected target out of the log', async () => {
    for (const secret of ['http://key:secret@localhost/x?secret', '/x?secret#', 'http://key:secret@', '/\x01?secret']) {
      const { line } = await ask('GET', secret);

      expect(JSON.stringify(line)).not.toContain('secret');
    }
  });

  it('shows at most 200 visible ASCII characters of a rejected target in the log', async () => {
    const { line } = await ask('GET', `/\x1b[31m\xe9${'x'.repeat(300)}`);

    expect(line.path).toBe(`/%1B[31m%E9${'x'.repeat(193)}`);
  });
});

describe('an app on a server of its own', () => {
  it('routes a target with scheme and host, and returns 404 to one without a path', async () => {
    const app = await createApp(completeHandlers({}), {
      authenticate: () => undefined,
      log: pino({ level: 'silent' }),
    });
    const server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo; // It listens on a port, not on a pipe.

    const statuses = new Map([
      [`http://localhost${PATH}`, 405],
      ['http://localhost/x', 404],
      ['http://localhost?x=1', 404],
      ['*', 404],
    ]);
    for (const [target, status] of statuses) {
      const request = `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
      const [response] = readResponses(await sendBytes(`http://127.0.0.1:${port}`, request), ['GET']);

      expect([target, response?.status, response && errorIn(response).type]).toEqual([
        target,
        status,
        ERROR_TYPES.get(status),
      ]);
    }
  });
});

function statusOf(method: string, path: string): number {
  if (path === PATH) return method === 'POST' ? 401 : 405;
  if (path !== '/') return 404;
  return method === 'GET' || method === 'HEAD' ? 200 : 405;
}
