// Clients that close their side of the connection when they have sent everything: they still read, so they get their
// responses (RFC 9293, section 3.6).
import { describe, expect, it, vi } from 'vitest';
import { createApp } from '../../../server/edge/app.ts';
import { listen } from '../../../server/http/listen.ts';
import { organizationWith } from '../../support/contract/organization.ts';
import { addAccount, organizationIds, shareServer } from '../../support/fixtures.ts';
import { closing, createText, errorIn, readResponses, sendBytes } from '../../support/http/raw-http.ts';
import { openConnection, statusesIn } from '../../support/http/sockets.ts';
import { collectLog } from '../../support/log-lines.ts';
import { completeHandlers, startEdge, startMockTarget, startSqliteServer } from '../../support/targets.ts';

const OWNER = { id: '50af5191-05a3-42a5-802a-6b59091157af', name: 'FinTech Solutions Inc.' };
const BODY = JSON.stringify({ ownerId: OWNER.id, memberIds: [] });
const CREATED = { status: 201, body: organizationWith({ owner: OWNER, members: [] }) } as const;
/** A create that leaves the end of the connection to the client. */
const CREATE = createText(BODY, { Connection: 'keep-alive' });

/** A handler that waits until the test opens it. */
function gated() {
  const entered = vi.fn();
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const createCustomerOrganization = async () => {
    entered();
    await gate;
    return CREATED;
  };
  return { handlers: { createCustomerOrganization }, entered, open };
}

const server = shareServer();

describe('a client that half-closes the connection after a complete request', () => {
  it('gets its response, and the connection closes: 200 of 200 creates are stored once and acknowledged', async () => {
    const { url, store } = server();
    const { account, authorization } = await addAccount(store, [OWNER]);
    const request = createText(BODY, { Connection: 'keep-alive', Authorization: authorization });

    const texts = await Promise.all(Array.from({ length: 200 }, () => sendBytes(url, request, 'half-closes')));

    const responses = texts.flatMap((text) => readResponses(text, ['POST']));
    expect(responses.map(({ status }) => status)).toEqual(Array(200).fill(201));
    const acknowledged: string[] = responses.map(({ body }) => JSON.parse(body).id);
    expect((await organizationIds(store, account)).sort()).toEqual(acknowledged.sort());
  });

  it.each(['h2c', 'websocket'])(
    'gets 400 for a truncated request with Upgrade: %s, after earlier responses',
    async (protocol) => {
      const { url } = await closing(startSqliteServer());
      const upgrade = createText(BODY, { Connection: 'Upgrade', Upgrade: protocol });

      for (const cut of [1, 5, BODY.length]) {
        const text = await sendBytes(url, CREATE + upgrade.slice(0, -cut), 'half-closes');

        expect(readResponses(text, ['POST', 'POST']).map(({ status }) => status)).toEqual([201, 400]);
      }
    },
  );

  it('gets its response from the mock after a delay', async () => {
    const { url } = await closing(startMockTarget({ delay: 50 }));

    expect(statusesIn(await sendBytes(url, CREATE, 'half-closes'))).toEqual([201]);
  });

  it('gets its response when it half-closes while the handler works', async () => {
    const { handlers, entered, open } = gated();
    const { url } = await closing(startEdge(handlers));
    const connection = await openConnection(url, { allowHalfOpen: true });

    connection.socket.write(CREATE);
    await vi.waitFor(() => expect(entered).toHaveBeenCalled());
    connection.socket.end();
    // This response comes after the half-close, so the server has seen it.
    await sendBytes(url, 'GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    open();

    expect(statusesIn(await connection.closed)).toEqual([201]);
  });

  it('gets the responses to everything that it pipelined', async () => {
    const { handlers, entered, open } = gated();
    const { url } = await closing(startEdge(handlers));

    const text = sendBytes(url, CREATE.repeat(100), 'half-closes');
    await vi.waitFor(() => expect(entered).toHaveBeenCalled());
    open();

    expect(statusesIn(await text)).toEqual(Array(100).fill(201));
  });

  it('has a log line when it resets the connection before the response, and others are served', async () => {
    const { log, lines } = collectLog();
    const { handlers, entered, open } = gated();
    const { url } = await closing(startEdge(handlers, { log }));
    const connection = await openConnection(url, { allowHalfOpen: true });

    connection.socket.end(CREATE);
    await vi.waitFor(() => expect(entered).toHaveBeenCalled());
    connection.socket.resetAndDestroy();
    // Node reads no more from a half-closed connection, so it learns of the reset when it writes.
    open();

    await vi.waitFor(() => expect(lines).toEqual([expect.objectContaining({ msg: 'request', method: 'POST' })]));
    expect(statusesIn(await sendBytes(url, CREATE, 'half-closes'))).toEqual([201]);
  });

  it('is disconnected when it does not read its responses', async () => {
    const { log, lines } = collectLog();
    const members = Array(10_000).fill({ ...OWNER, name: 'x'.repeat(255) });
    const createCustomerOrganization = async () => ({ status: 201, body: organizationWith({ members }) }) as const;
    const { url } = await closing(startEdge({ createCustomerOrganization }, { log }, { timeouts: { stalledMs: 100 } }));
    const { socket } = await openConnection(url, { allowHalfOpen: true });

    socket.pause();
    // The responses are larger than the buffers of two sockets.
    socket.end(CREATE.repeat(6));

    await vi.waitFor(() => expect(lines).toContainEqual(expect.objectContaining({ cutOff: true })), 20_000);
  });
});

describe('a client that half-closes the connection before its request is complete', () => {
  const CUT_OFF = 'The connection was closed before the end of the request.';
  const chunked = CREATE.replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked');

  it.each([
    ['a length', CREATE.slice(0, -1)],
    ['a length, and nothing of it', CREATE.slice(0, -BODY.length)],
    ['a chunk that is not complete', chunked.replace(BODY, `${BODY.length.toString(16)}\r\n${BODY.slice(0, -1)}`)],
    ['no last chunk', chunked.replace(BODY, `${BODY.length.toString(16)}\r\n${BODY}\r\n`)],
    ['no end of the trailers', chunked.replace(BODY, `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n`)],
  ])('gets 400, has its line in the log, and creates nothing: %s', async (_, request) => {
    const { log, lines } = collectLog();
    const { handlers, entered } = gated();
    const { url } = await closing(startEdge(handlers, { log }));

    const [response, ...others] = readResponses(await sendBytes(url, request, 'half-closes'), ['POST']);

    expect([response?.status, response && errorIn(response).message, others]).toEqual([400, CUT_OFF, []]);
    await vi.waitFor(() =>
      expect(lines).toEqual([expect.objectContaining({ requestId: response?.headers['x-request-id'], status: 400 })]),
    );
    expect(entered).not.toHaveBeenCalled();
  });

  it.each(['G', 'GET / HTTP/1.1', 'GET / HTTP/1.1\r\nHost: localhost\r\n'])('gets 400 after %j', async (request) => {
    const { log, lines } = collectLog();
    const { url } = await closing(startEdge({}, { log }));

    const [response] = readResponses(await sendBytes(url, request, 'half-closes'), ['GET']);

    expect([response?.status, response && errorIn(response).message]).toEqual([400, CUT_OFF]);
    expect(lines).toEqual([
      expect.objectContaining({
        msg: 'request rejected',
        requestId: response?.headers['x-request-id'],
        code: 'HPE_INVALID_EOF_STATE',
        aborted: 'upload',
        address: '127.0.0.1',
      }),
    ]);
  });

  it('has its line in the log when it resets the connection in the middle of a header', async () => {
    const { log, lines } = collectLog();
    const { url } = await closing(startEdge({}, { log }));
    const connection = await openConnection(url);

    // When the first request has its response, the part after it has been read.
    connection.socket.write('GET /first HTTP/1.1\r\nHost: localhost\r\n\r\nPUT /second?secret HTTP/1.1\r\nHo');
    await vi.waitFor(() => expect(lines).toHaveLength(1));
    connection.socket.resetAndDestroy();

    await vi.waitFor(() => expect(lines).toHaveLength(2));
    expect(lines[1]).toMatchObject({
      msg: 'request rejected',
      method: 'PUT',
      path: '/second',
      status: null,
      code: 'ECONNRESET',
      reason: 'The connection was reset before the end of the request.',
      aborted: 'upload',
      address: '127.0.0.1',
    });
  });

  it('has no line in the log when it resets the connection before a request', async () => {
    const { log, lines } = collectLog();
    const { url } = await closing(startEdge({}, { log }));
    const connection = await openConnection(url);

    connection.socket.write('GET /first HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await vi.waitFor(() => expect(lines).toHaveLength(1));
    connection.socket.resetAndDestroy();
    await sendBytes(url, 'GET /next HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');

    expect(lines.map(({ path }) => path)).toEqual(['/first', '/next']);
  });

  it('gets the responses to its complete requests first', async () => {
    const { handlers, entered, open } = gated();
    const { url } = await closing(startEdge(handlers));

    const text = sendBytes(url, CREATE + CREATE + CREATE.slice(0, -1), 'half-closes');
    await vi.waitFor(() => expect(entered).toHaveBeenCalledTimes(2));
    open();

    expect(statusesIn(await text)).toEqual([201, 201, 400]);
    expect(entered).toHaveBeenCalledTimes(2);
  });
});

describe('a connection that is half-closed', () => {
  it('is closed without a response when it had no request', async () => {
    const { log, lines } = collectLog();
    const { url } = await closing(startSqliteServer({ log }));

    expect(await sendBytes(url, '', 'half-closes')).toBe('');
    expect(await sendBytes(url, '\r\n', 'half-closes')).toBe('');
    expect(lines).toEqual([]);
  });

  it('is closed after a response', async () => {
    const connection = await openConnection(server().url, { allowHalfOpen: true });

    connection.socket.write('GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await connection.responses(1);
    connection.socket.end();

    expect(statusesIn(await connection.closed)).toEqual([404]);
  });
});

describe('graceful shutdown with half-closed connections', () => {
  async function start() {
    const { handlers, entered, open } = gated();
    const { log, lines } = collectLog();
    const app = await createApp(completeHandlers(handlers), {
      authenticate: ({ clientId }) => ({ account: 'account', clientId }),
      log,
    });
    const target = await listen(app, { port: 0, host: '127.0.0.1', portHint: '', log });
    return { target, entered, open, lines };
  }

  it('waits for their responses', async () => {
    const { target, entered, open } = await start();
    const text = sendBytes(target.url, CREATE.repeat(3), 'half-closes');
    await vi.waitFor(() => expect(entered).toHaveBeenCalledTimes(3));

    target.drain();
    const closed = target.close(20_000);
    open();

    expect(await closed).toBe(0);
    const responses = readResponses(await text, ['POST', 'POST', 'POST']);
    expect(responses.map(({ status, headers }) => [status, headers.connection])).toEqual([
      [201, 'keep-alive'],
      [201, 'keep-alive'],
      [201, 'close'],
    ]);
  });

  it('cuts them off when their responses take too long', async () => {
    const { target, entered, lines } = await start();
    const text = sendBytes(target.url, CREATE, 'half-closes');
    await vi.waitFor(() => expect(entered).toHaveBeenCalled());

    expect(await target.close(0)).toBe(1);
    expect(await text).toBe('');
    await vi.waitFor(() => expect(lines).toContainEqual(expect.objectContaining({ msg: 'request', cutOff: true })));
  });
});
