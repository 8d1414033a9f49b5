// The end of a server while clients are still sending: only requests that have begun are cut off, and no others begin.
import { setImmediate as nextTick, setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { createApp } from '../../../server/edge/app.ts';
import { Arrivals } from '../../../server/edge/exchange/arrivals.ts';
import { NewConnections } from '../../../server/http/connections/scheduling/new-connections.ts';
import { listen } from '../../../server/http/listen.ts';
import { organizationWith } from '../../support/contract/organization.ts';
import { createText } from '../../support/http/raw-http.ts';
import { openConnection, statusesIn } from '../../support/http/sockets.ts';
import { collectLog } from '../../support/log-lines.ts';
import { completeHandlers } from '../../support/targets.ts';

const OWNER = { id: '50af5191-05a3-42a5-802a-6b59091157af', name: 'FinTech Solutions Inc.' };
const CREATE = createText(JSON.stringify({ ownerId: OWNER.id, memberIds: [] }), { Connection: 'keep-alive' });
const CREATED = { status: 201, body: organizationWith({ owner: OWNER, members: [] }) } as const;
/** The number of requests of one connection that the server handles at once. */
const MAX_IN_PROGRESS = 16;

/** A server whose handler waits until the test opens it. */
async function startGated() {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const entered = vi.fn();
  const authenticate = vi.fn(({ clientId }) => ({ account: 'account', clientId }));
  const { log, lines } = collectLog();
  const createCustomerOrganization = async () => {
    entered();
    await gate;
    return CREATED;
  };
  const app = await createApp(completeHandlers({ createCustomerOrganization }), {
    authenticate,
    log,
  });
  const server = await listen(app, { port: 0, host: '127.0.0.1', portHint: '', log });
  return { server, authenticate, entered, open, lines };
}

describe('a server that is closed', () => {
  it('begins no pipelined request after it has cut off those in progress', async () => {
    const { server, entered, open } = await startGated();
    const { socket, closed } = await openConnection(server.url);
    socket.write(CREATE.repeat(40));
    await vi.waitFor(() => expect(entered).toHaveBeenCalledTimes(MAX_IN_PROGRESS));

    expect(await server.close(0)).toBeGreaterThanOrEqual(MAX_IN_PROGRESS);
    open();
    for (let tick = 0; tick < 10; tick++) await nextTick();

    expect(await closed).toBe('');
    expect(entered).toHaveBeenCalledTimes(MAX_IN_PROGRESS);
  });

  it('starts no request that arrived during the backlog drain once connections were cut off', async () => {
    const { server, entered, open } = await startGated();
    const { socket, closed } = await openConnection(server.url);
    open();
    socket.write(CREATE.slice(0, 10));
    // The server accepts connections in order. When it has accepted the second, it has read from this one.
    for (let count = 0; count < 2; count++) await (await fetch(new URL('/x', server.url))).arrayBuffer();
    // Shorter than the 100 ms for which the drain waits for connections.
    const closing = server.close(90);
    socket.write(CREATE.slice(10));

    expect(await closing).toBe(1);
    for (let tick = 0; tick < 10; tick++) await nextTick();

    expect(await closed).toBe('');
    expect(entered).not.toHaveBeenCalled();
  });

  it('begins no request that it held back and whose client has left since', async () => {
    const { server, authenticate } = await startGated();
    const connections = await Promise.all(Array.from({ length: 5 }, () => openConnection(server.url)));
    const closing = server.close(60_000);
    for (const { socket } of connections) socket.write(CREATE);
    // They are held back for 100 ms.
    await sleep(40);
    for (const { socket } of connections) socket.resetAndDestroy();

    expect(await closing).toBe(0);
    for (let tick = 0; tick < 10; tick++) await nextTick();

    expect(authenticate).not.toHaveBeenCalled();
  });

  it('responds to each client when it closes in the middle of a burst of connections that pipeline', async () => {
    const { server, entered, open } = await startGated();
    const connections = await Promise.all(Array.from({ length: 5 }, () => openConnection(server.url)));
    for (const { socket } of connections) socket.write(CREATE.repeat(30));
    server.drain();
    open();

    expect(await server.close(60_000)).toBe(0);
    const texts = await Promise.all(connections.map(({ closed }) => closed));
    expect(entered).toHaveBeenCalledTimes(statusesIn(texts.join('')).length);
    expect(texts.map((text) => statusesIn(text).length)).not.toContain(0);
  });
});

describe('NewConnections', () => {
  it('waits for no burst when all connections were read', async () => {
    const arrivals = new Arrivals();
    const newConnections = new NewConnections(() => false, arrivals);
    // Only these members of a connection are used.
    newConnections.add({ awaitTurn() {}, beginReading() {} } as never);

    newConnections.readAll();
    await nextTick();

    expect(arrivals.isBurst).toBe(false);
  });
});
