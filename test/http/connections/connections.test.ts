// Connections that are reset, closed or handed over, without an effect on others.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { databasePath, startServer } from '../../support/fixtures.ts';
import { send } from '../../support/http/http.ts';
import {
  BOTH,
  closing,
  createText,
  errorIn,
  type LoggedTarget,
  readResponses,
  sendBytes,
} from '../../support/http/raw-http.ts';
import { openConnection, statusesIn } from '../../support/http/sockets.ts';
import { collectLog } from '../../support/log-lines.ts';
import { startMockProcess } from '../../support/process/mock-process.ts';
import { startEdge } from '../../support/targets.ts';

const VALID = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

const BODY = JSON.stringify(VALID);

const CONNECT = 'CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n';

const WEBSOCKET = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
};

/** RFC 7540, section 3.2. */
const H2C = { Connection: 'Upgrade, HTTP2-Settings', Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABkAAQAAP__' };

const HANDED_OVER_OR_REJECTED = [
  CONNECT,
  `${CONNECT}more`,
  `GET http://localhost?x=1 HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  createText(BODY, WEBSOCKET),
  createText(BODY, H2C),
  createText(BODY, { Expect: '100-continue' }),
  createText(BODY, { Expect: 'something-else' }),
  createText(BODY),
  createText(BODY) + CONNECT,
  createText(BODY, { Connection: 'keep-alive' }) + CONNECT,
  createText(BODY, { Connection: 'keep-alive' }).repeat(20),
  createText(BODY, { 'Transfer-Encoding': 'gzip, chunked' }),
  'malformed\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'PRI / \r\n\r\n',
  'HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n',
];

async function startServerProcess() {
  const server = startServer({ DATABASE_PATH: await databasePath(), RATE_LIMIT_PER_MINUTE: '0' });
  return { child: server.child, url: await server.url };
}

describe.each([
  ['the server', startServerProcess],
  ['the mock', startMockProcess],
])('%s, as a process', (_, start) => {
  it('survives connections that are reset at any moment', async () => {
    const { child, url } = await start();
    const reset = async (text: string, delayMs: number) => {
      const { socket } = await openConnection(url);
      socket.write(text);
      if (delayMs > 0) await sleep(delayMs);
      socket.resetAndDestroy();
    };

    for (const text of HANDED_OVER_OR_REJECTED) {
      const moments = [0, 0, 1, 1, 2, 3, 5, 8];
      const lengths = moments.map((_, index) => Math.ceil((text.length * (index + 1)) / moments.length));
      await Promise.all(moments.map((delayMs) => reset(text, delayMs)));
      await Promise.all(lengths.map((length) => reset(text.slice(0, length), 1)));
    }

    expect((await send(url, { body: VALID })).status).toBe(201);
    expect([child.exitCode, child.signalCode]).toEqual([null, null]);
  });

  it('survives connections that are closed, or half-closed, at any moment', async () => {
    const { child, url } = await start();
    for (const text of HANDED_OVER_OR_REJECTED) {
      const lengths = [0, 1, 10, 40, text.length / 2, text.length - 1, text.length];
      await Promise.all(
        lengths.map(async (length) => {
          const [closes, halfCloses] = await Promise.all([
            openConnection(url),
            openConnection(url, { allowHalfOpen: true }),
          ]);
          closes.socket.write(text.slice(0, length));
          closes.socket.destroy();
          halfCloses.socket.end(text.slice(0, length));
          halfCloses.socket.once('end', () => halfCloses.socket.end());
          await halfCloses.closed;
        }),
      );
    }

    expect((await send(url, { body: VALID })).status).toBe(201);
    expect([child.exitCode, child.signalCode]).toEqual([null, null]);
  });
});

describe.each(BOTH)('%s', (_, start) => {
  let target: LoggedTarget;
  beforeAll(async () => {
    target = await start();
  });
  afterAll(() => target.close());

  it('returns 400 to CONNECT, after the responses to earlier requests', async () => {
    const earlier = createText(BODY, { Connection: 'keep-alive' });
    const text = await sendBytes(target.url, earlier + earlier + CONNECT);
    const responses = readResponses(text, ['POST', 'POST', 'CONNECT']);

    expect(responses.map(({ status }) => status)).toEqual([201, 201, 400]);
    const [, , last] = responses;
    expect(last && errorIn(last)).toEqual({
      type: 'InvalidRequest',
      message: 'This server is not a proxy, so it does not support CONNECT.',
    });
    const requestId = last?.headers['x-request-id'];
    expect(target.lines.find((line) => line.requestId === requestId)).toMatchObject({
      msg: 'request rejected',
      method: 'CONNECT',
      path: 'localhost:80',
      status: 400,
    });
  });

  it.each([
    ['CONNECT', CONNECT],
    ['no request line', 'malformed\r\n\r\n'],
    ['a malformed header', 'GET / HTTP/1.1\r\nHost\r\n\r\n'],
  ])('returns 400 to %s after earlier requests of a client that half-closes', async (_name, malformed) => {
    const earlier = createText(BODY, { Connection: 'keep-alive' });
    const text = await sendBytes(target.url, earlier + earlier + malformed, 'half-closes');

    expect(readResponses(text, ['POST', 'POST', 'GET']).map(({ status }) => status)).toEqual([201, 201, 400]);
  });

  it('sends no response after one with Connection: close', async () => {
    // The body is not read, so Node does not know where the next request begins.
    const unasked = createText(BODY, { Connection: 'keep-alive', Expect: '100-continue', Authorization: 'none' });
    const text = await sendBytes(target.url, `${unasked}malformed\r\n\r\n`);

    expect(readResponses(text, ['POST']).map(({ status }) => status)).toEqual([401]);
  });

  it('sends the early response to a malformed request after those to earlier ones', async () => {
    const earlier = createText(BODY, { Connection: 'keep-alive' });
    const chunked = 'GET /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nmalformed\r\n';
    const text = await sendBytes(target.url, earlier + chunked);

    expect(readResponses(text, ['POST', 'GET']).map(({ status }) => status)).toEqual([201, 404]);
  });

  it.each([
    ['POST', createText('', { Authorization: 'none' })],
    ['GET of a page', createText('').replace(/^POST \S+/, 'GET /')],
  ])('returns 400 to a malformed %s before the app has sent its response', async (_name, request) => {
    target.lines.length = 0;
    const head = request
      .replace('Content-Length: 0', 'Transfer-Encoding: chunked')
      .replace('Connection: close\r\n', '');
    const text = await sendBytes(target.url, `${head}malformed\r\n`);

    expect(readResponses(text, ['POST']).map(({ status }) => status)).toEqual([400]);
    expect(target.lines).toEqual([expect.objectContaining({ level: 'info', msg: 'request', status: 400 })]);
  });

  // RFC 9112, section 9.6: a reset could take the response away before the client has read it.
  it.each([
    ['malformed', 'malformed\r\n\r\n'],
    ['CONNECT', CONNECT],
    ['a request with Connection: close', createText(BODY)],
    ['an expectation that was rejected', createText(BODY, { Expect: '100-continue', Authorization: 'none' })],
    ['a version that is not supported', 'GET / HTTP/2.0\r\nHost: x\r\n\r\n'],
    ['an invalid chunk after its response', 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ])('does not reset the connection of a client that goes on sending after %s', async (_name, text) => {
    const { socket, received } = await openConnection(target.url, { allowHalfOpen: true });

    socket.write(text);
    await vi.waitFor(() => expect(statusesIn(received())).toHaveLength(1));
    for (let times = 0; times < 5; times++) {
      socket.write('more malformed\r\n');
      // When this request has its response, everything that was written before has arrived.
      await send(target.url, { method: 'GET' });
    }

    expect(socket.destroyed).toBe(false);
    expect(socket.errored).toBeNull();
  });

  it('closes a connection for CONNECT whose client goes on sending', async () => {
    const connection = await openConnection(target.url, { allowHalfOpen: true });

    connection.socket.write(CONNECT);
    await vi.waitFor(() => expect(connection.socket.readableEnded).toBe(true), 5000);
    const timer = setInterval(() => connection.socket.write('x'.repeat(10_000)), 10);
    const text = await connection.closed;
    clearInterval(timer);

    expect(statusesIn(text)).toEqual([400]);
  });

  // RFC 9110, section 7.8: a server may ignore the field.
  it.each([
    ['WebSocket', WEBSOCKET],
    ['HTTP/2', H2C],
    ['several protocols', { Connection: 'Upgrade', Upgrade: 'h2c, websocket/13, IRC/6.9' }],
    ['no protocol', { Connection: 'Upgrade', Upgrade: '' }],
  ])('ignores an upgrade to %s, and closes the connection after the response', async (_name, headers) => {
    target.lines.length = 0;
    const chunked = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;
    const withLength = createText(BODY, headers);
    const withChunks = withLength.replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked').replace(BODY, chunked);
    const emitWarning = vi.spyOn(process, 'emitWarning');
    onTestFinished(() => emitWarning.mockRestore());
    for (const request of [withLength, withChunks, withLength.repeat(20)]) {
      const [response, ...others] = readResponses(await sendBytes(target.url, request), ['POST']);

      expect([response?.status, response?.headers.connection, others]).toEqual([201, 'close', []]);
      expect(response?.headers).not.toHaveProperty('upgrade');
    }
    expect(target.lines).toHaveLength(3);
    // A warning of too many listeners, for example.
    expect(emitWarning).not.toHaveBeenCalled();
  });

  it('returns 400 when the client half-closes in the middle of a body with an upgrade', async () => {
    target.lines.length = 0;
    const text = await sendBytes(target.url, createText(BODY, H2C).slice(0, -1), 'half-closes');

    expect(statusesIn(text)).toEqual([400]);
    expect(target.lines).toEqual([expect.objectContaining({ msg: 'request', status: 400 })]);
  });
});

describe('requests before a CONNECT', () => {
  it('have their lines in the log when the connection is reset', async () => {
    const { log, lines } = collectLog();
    const entered = vi.fn();
    const never = new Promise<never>(() => {});
    const createCustomerOrganization = () => {
      entered();
      return never;
    };
    const { url } = await closing(startEdge({ createCustomerOrganization }, { log }));
    const connection = await openConnection(url);

    connection.socket.write(createText(BODY, { Connection: 'keep-alive' }).repeat(3) + CONNECT);
    await vi.waitFor(() => expect(entered).toHaveBeenCalledTimes(3));
    connection.socket.resetAndDestroy();

    await vi.waitFor(() => expect(lines).toHaveLength(3));
    expect(lines).toEqual(Array(3).fill(expect.objectContaining({ msg: 'request', status: null, cutOff: true })));
  });
});
