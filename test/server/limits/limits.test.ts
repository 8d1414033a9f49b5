// Clients that are slow, silent or gone, or send malformed requests: each is ended, and no other client waits.
import { once } from 'node:events';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { CreateCustomerOrganizationResponse } from '../../../generated/operations.ts';
import { MemoryBudget } from '../../../server/edge/memory/memory-budget.ts';
import { organizationWith } from '../../support/contract/organization.ts';
import { send } from '../../support/http/http.ts';
import { openConnection, type RawConnection, requestText, statusesIn } from '../../support/http/sockets.ts';
import { collectLog } from '../../support/log-lines.ts';
import { startEdge, startSqliteServer, type Target } from '../../support/targets.ts';

const OWNER = { id: '50af5191-05a3-42a5-802a-6b59091157af', name: 'FinTech Solutions Inc.' };
const VALID = { ownerId: OWNER.id, memberIds: [] };
const CREATED = { status: 201, body: organizationWith({ owner: OWNER, members: [] }) } as const;

async function closing<T extends Target>(target: Promise<T>): Promise<T> {
  const started = await target;
  onTestFinished(() => started.close());
  return started;
}

/** Short, so that a test need not wait. */
const timeouts = { headerMs: 300, requestMs: 600, checkMs: 50 };

/** An edge whose handler waits until the test opens it. */
function gated() {
  const entered = vi.fn();
  let open = () => {};
  const gate = new Promise<void>((settle) => {
    open = settle;
  });
  const handlers = {
    createCustomerOrganization: async () => {
      entered();
      await gate;
      return CREATED;
    },
  };
  return { handlers, entered, open };
}

let shared: Target;
beforeAll(async () => {
  shared = await startSqliteServer();
  return () => shared.close();
});

/** Sends the header of a request byte by byte. */
function trickle(connections: RawConnection[]): void {
  const text = requestText(VALID);
  let position = 0;
  const timer = setInterval(() => {
    for (const { socket } of connections) if (socket.writable) socket.write(text[position] ?? '');
    position++;
  }, 100);
  onTestFinished(() => clearInterval(timer));
}

describe('many slow connections', () => {
  it('do not delay other clients: 1,000 without data, 100 that send a header byte by byte', async () => {
    const connections = await Promise.all(Array.from({ length: 1100 }, () => openConnection(shared.url)));
    trickle(connections.slice(1000));

    const responses = await Promise.all(Array.from({ length: 50 }, () => send(shared.url, { body: VALID })));

    expect(responses.map(({ status }) => status)).toEqual(Array(50).fill(201));
    expect(connections.filter(({ socket }) => socket.closed)).toHaveLength(0);
  });

  it('are closed after their time-out, without a response or a log line if they have sent nothing', async () => {
    const { log, lines } = collectLog();
    const { url } = await closing(startEdge(gated().handlers, { log }, { timeouts }));
    const connections = await Promise.all(Array.from({ length: 200 }, () => openConnection(url)));
    connections[0]?.socket.write('\r\n');
    trickle(connections.slice(100));

    const received = await Promise.all(connections.map(({ closed }) => closed));

    expect(received.slice(0, 100)).toEqual(Array(100).fill(''));
    expect(received.slice(100).map(statusesIn)).toEqual(Array(100).fill([400]));
    expect(received[100]).toContain('The request did not arrive in time.');
    expect(lines).toHaveLength(100);
  });
});

describe('a slow client', () => {
  it('returns 400 when the body does not arrive in time, with the request ID of the log line', async () => {
    const { log, lines } = collectLog();
    const { url } = await closing(startSqliteServer({ log }, { timeouts }));
    const connection = await openConnection(url);

    connection.socket.write(requestText(VALID).slice(0, -10));
    const text = await connection.closed;

    expect(statusesIn(text)).toEqual([400]);
    expect(text).toContain('The request did not arrive in time.');
    expect(text).toMatch(/^Sequence-Version: 2024-07-30\r$/m);
    await vi.waitFor(() => expect(lines).toHaveLength(1));
    const [, id] = /^X-Request-Id: (.+)\r$/m.exec(text) ?? [];
    expect(lines[0]).toMatchObject({ requestId: id, status: 400 });
  });

  it('returns no second response when the first was sent before the body arrived', async () => {
    // Only requests without a response time out, so a slow machine has its time.
    const { url } = await closing(
      startSqliteServer({}, { timeouts: { ...timeouts, headerMs: 1500, requestMs: 1500 } }),
    );
    const connection = await openConnection(url);

    connection.socket.write(requestText(VALID, { Authorization: 'none' }).slice(0, -10));
    const text = await connection.closed;

    expect(statusesIn(text)).toEqual([401]);
  });

  it('closes an idle connection after its time-out', async () => {
    const { url } = await closing(startSqliteServer({}, { timeouts: { idleMs: 100 } }));
    const connection = await openConnection(url);

    connection.socket.write(requestText(VALID));
    const text = await connection.closed;

    expect(statusesIn(text)).toEqual([201]);
  });

  it('closes a connection that does not read its responses, and none that waits for a response', async () => {
    const { log, lines } = collectLog();
    const { handlers, entered, open } = gated();
    const members = Array(10_000).fill({ ...OWNER, name: 'x'.repeat(255) });
    const large: CreateCustomerOrganizationResponse = {
      status: 201,
      body: organizationWith({ members }),
    };
    let first = true;
    const createCustomerOrganization = async () => {
      if (!first) return large;
      first = false;
      return handlers.createCustomerOrganization();
    };
    const { url } = await closing(startEdge({ createCustomerOrganization }, { log }, { timeouts: { stalledMs: 300 } }));
    const patient = await openConnection(url);

    patient.socket.write(requestText(VALID));
    await vi.waitFor(() => expect(entered).toHaveBeenCalledOnce(), 20_000);
    const stalled = await openConnection(url);
    stalled.socket.pause();
    // Their responses are larger than the buffers of two sockets.
    stalled.socket.write(requestText(VALID).repeat(6));
    // The patient one has waited longer by then.
    await vi.waitFor(() => expect(lines).toContainEqual(expect.objectContaining({ cutOff: true })), 20_000);
    open();
    await patient.responses(1);
    stalled.socket.resume();

    expect(statusesIn(patient.received())).toEqual([201]);
    expect(statusesIn(await stalled.closed).length).toBeLessThan(6);
  });

  it('closes a connection after a rejection when the client does not', async () => {
    const connection = await openConnection(shared.url, { allowHalfOpen: true });

    connection.socket.write('malformed\r\n\r\n');
    await once(connection.socket, 'end');
    const stubborn = setInterval(() => connection.socket.write('x'), 50);
    onTestFinished(() => clearInterval(stubborn));

    expect(statusesIn(await connection.closed)).toEqual([400]);
  });
});

describe('a client that disconnects before its response', () => {
  it('does not affect others, and the log line has no status', async () => {
    const { log, lines } = collectLog();
    const observe = vi.fn();
    const { handlers, entered, open } = gated();
    const { url } = await closing(startEdge(handlers, { log, observe }));
    const connection = await openConnection(url);

    connection.socket.write(requestText(VALID));
    await vi.waitFor(() => expect(entered).toHaveBeenCalledOnce());
    connection.socket.resetAndDestroy();
    await vi.waitFor(() => expect(lines).toHaveLength(1));
    open();
    const response = await send(url, { body: VALID });

    expect(lines[0]).toMatchObject({ status: null, cutOff: true, account: 'account' });
    expect(observe.mock.calls[0]).toMatchObject([{ operationId: 'createCustomerOrganization', status: undefined }]);
    expect(response.status).toBe(201);
  });

  it('creates nothing when it disconnects in the middle of its body', async () => {
    const { log, lines } = collectLog();
    const { handlers, entered } = gated();
    const { url } = await closing(startEdge(handlers, { log }));
    const connection = await openConnection(url);

    connection.socket.write(requestText(VALID).slice(0, -10));
    connection.socket.end();
    await vi.waitFor(() => expect(lines.length).toBeGreaterThan(0));

    expect(entered).not.toHaveBeenCalled();
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('pipelined requests', () => {
  it('return their responses in order', async () => {
    const connection = await openConnection(shared.url);

    connection.socket.write(
      requestText(VALID) + requestText({}) + requestText(VALID, { Authorization: 'none' }) + requestText(VALID),
    );
    await connection.responses(4);

    expect(statusesIn(connection.received())).toEqual([201, 400, 401, 201]);
  });

  it('are queued beyond the first 16 of a connection', async () => {
    const { handlers, entered, open } = gated();
    const { url } = await closing(startEdge(handlers));
    const connection = await openConnection(url);

    connection.socket.write(requestText(VALID).repeat(100));
    await vi.waitFor(() => expect(entered).toHaveBeenCalled());
    // When this has its response, what was written before it was read.
    await send(url, { method: 'GET' });
    const begun = entered.mock.calls.length;
    open();
    await connection.responses(100);

    expect(begun).toBe(16);
    expect(entered).toHaveBeenCalledTimes(100);
    expect(statusesIn(connection.received())).toEqual(Array(100).fill(201));
  });

  it('are read in parts, however many they are', async () => {
    const { url } = await closing(startEdge({ createCustomerOrganization: async () => CREATED }));
    const { socket, responses, received } = await openConnection(url);

    socket.write(requestText(VALID).repeat(3000));
    await responses(3000);

    expect(statusesIn(received())).toEqual(Array(3000).fill(201));
  });

  it('begin in parts when one packet has too many of them', async () => {
    const { handlers, entered, open } = gated();
    const memory = new MemoryBudget(64 * 1_048_576);
    const { url } = await closing(startEdge(handlers, {}, { memory }));
    const connection = await openConnection(url);

    connection.socket.write(`${requestText(VALID)}${'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1000)}`);
    await vi.waitFor(() => expect(entered).toHaveBeenCalledTimes(1));
    await send(url, { method: 'GET' });
    // A request takes about 6 KB.
    const heldBytes = memory.held;
    open();
    await connection.responses(1001);

    expect(heldBytes).toBeLessThan(300 * 6_200);
    expect(statusesIn(connection.received())).toEqual([201, ...Array(1000).fill(404)]);
  });

  it('are not handled when they are queued and their client has disconnected', async () => {
    const observe = vi.fn();
    const { handlers, entered, open } = gated();
    const { url } = await closing(startEdge(handlers, { observe }));
    const connection = await openConnection(url);

    connection.socket.write(requestText(VALID).repeat(100));
    await vi.waitFor(() => expect(entered).toHaveBeenCalledTimes(16));
    connection.socket.resetAndDestroy();
    await vi.waitFor(() => expect(observe).toHaveBeenCalled());
    open();
    await send(url, { body: VALID });

    expect(entered).toHaveBeenCalledTimes(17);
  });

  it('get their responses before a malformed request after them', async () => {
    const { log, lines } = collectLog();
    const { handlers, entered, open } = gated();
    const { url } = await closing(startEdge(handlers, { log }));
    const connection = await openConnection(url);

    connection.socket.write(`${requestText(VALID)}${requestText(VALID)}malformed\r\n\r\n`);
    await vi.waitFor(() => expect(entered).toHaveBeenCalledTimes(2));
    expect(connection.received()).toBe('');
    open();
    const text = await connection.closed;

    expect(statusesIn(text)).toEqual([201, 201, 400]);
    const refused = lines.find(({ msg }) => msg === 'request refused');
    expect(refused).toMatchObject({ status: 400, code: 'HPE_INVALID_METHOD' });
    expect(text).toContain(`X-Request-Id: ${refused?.requestId}\r\n`);
  });
});

describe('requests to which Node would respond itself', () => {
  it('returns 400 in the error format for CONNECT, after the pending responses', async () => {
    const connection = await openConnection(shared.url);

    connection.socket.write(`${requestText(VALID)}CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n`);
    const text = await connection.closed;

    expect(statusesIn(text)).toEqual([201, 400]);
    expect(text).toContain('This server is not a proxy, so it does not support CONNECT.');
  });

  it.each(['100-continue', 'something-else'])('does not return 417 when the expectation is %s', async (expectation) => {
    const connection = await openConnection(shared.url);

    connection.socket.write(requestText(VALID, { Expect: expectation }));
    await vi.waitFor(() => expect(statusesIn(connection.received())).toContain(201));

    expect(statusesIn(connection.received()).filter((status) => status !== 100)).toEqual([201]);
  });
});
