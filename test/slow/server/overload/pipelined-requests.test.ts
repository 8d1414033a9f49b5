// The load of pipelined and malformed requests: they are queued, and begin in parts, so that no other client waits.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { MemoryBudget } from '../../../../server/edge/memory/memory-budget.ts';
import { gated, OWNER, VALID } from '../../../server/overload/limited-requests.ts';
import { organizationWith } from '../../../support/contract/organization.ts';
import { send } from '../../../support/http/http.ts';
import { closing } from '../../../support/http/raw-http.ts';
import { openConnection, requestText, statusesIn } from '../../../support/http/sockets.ts';
import { collectLog } from '../../../support/log-lines.ts';
import { startEdge, startSqliteServer, type Target } from '../../../support/targets.ts';

const CREATED = { status: 201, body: organizationWith({ owner: OWNER, members: [] }) } as const;

let shared: Target;

beforeAll(async () => {
  shared = await startSqliteServer();
  return () => shared.close();
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
    // When this request has its response, everything that was written before was read.
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

    expect(heldBytes).toBeLessThan(50 * 6_200);
    expect(statusesIn(connection.received())).toEqual([201, ...Array(1000).fill(404)]);
  });

  it.each([
    ['reads nothing until all are sent', false],
    ['reads all the time, but slowly', true],
  ])('all get their responses when they come in batches and their client %s', async (_name, reads) => {
    const { log, lines } = collectLog();
    const members = Array.from({ length: 3000 }, () => ({ id: randomUUID(), name: 'x'.repeat(50) }));
    const large = { status: 201, body: organizationWith({ owner: OWNER, members }) } as const;
    const { url } = await closing(startEdge({ createCustomerOrganization: async () => large }, { log }));
    const { socket, responses, received } = await openConnection(url);

    socket.pause();
    for (let batch = 0; batch < 6; batch++) {
      socket.write(requestText(VALID).repeat(8));
      // When these requests have their responses, everything that was written before was read.
      for (let times = 0; times < 3; times++) await send(url, { method: 'GET' });
      if (!reads) continue;
      socket.resume();
      await once(socket, 'data');
      socket.pause();
    }
    socket.resume();
    await responses(48);

    expect(statusesIn(received())).toEqual(Array(48).fill(201));
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
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
    const rejected = lines.find(({ msg }) => msg === 'request rejected');
    expect(rejected).toMatchObject({ status: 400, code: 'HPE_INVALID_METHOD' });
    expect(text).toContain(`X-Request-Id: ${rejected?.requestId}\r\n`);
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
