// Clients that are slow, silent or gone: each is ended, and no other client waits.

import { once } from 'node:events';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { CreateCustomerOrganizationResponse } from '../../../../generated/operations.ts';
import { gated, OWNER, VALID } from '../../../server/overload/limited-requests.ts';
import { organizationWith } from '../../../support/contract/organization.ts';
import { send } from '../../../support/http/http.ts';
import { closing } from '../../../support/http/raw-http.ts';
import { openConnection, type RawConnection, requestText, statusesIn } from '../../../support/http/sockets.ts';
import { collectLog } from '../../../support/log-lines.ts';
import { startEdge, startSqliteServer, type Target } from '../../../support/targets.ts';

/** The time-outs are short, so that tests need not wait. */
const timeouts = { headerMs: 300, requestMs: 600, checkMs: 50 };

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
    // Only requests without a response time out, so a slow machine has enough time.
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
    // The responses are larger than the buffers of two sockets.
    stalled.socket.write(requestText(VALID).repeat(6));
    // By then, the patient client has waited longer.
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
