// The end of a connection: its client has read the last response, or had the time to.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { endAndLinger } from '../../../server/http/connections/linger.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** Both sides of one connection. */
async function openPair(): Promise<{ server: Socket; client: Socket }> {
  const listener = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo; // It listens on a port, not on a pipe.
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const [[server]] = await Promise.all([once(listener, 'connection'), once(client, 'connect')]);
  for (const socket of [client, server]) socket.on('error', () => {});
  onTestFinished(() => {
    for (const each of [client, server]) each.destroy();
    listener.close();
  });
  return { server, client };
}

/** Resolves when the server has read this number of bytes. */
async function hasRead(server: Socket, bytes: number): Promise<void> {
  while (server.bytesRead < bytes) await new Promise(setImmediate);
}

/**
 * Resolves when the work of a timer is over, because data that has arrived is read before a connection is destroyed.
 */
async function nextTicks(): Promise<void> {
  for (let tick = 0; tick < 3; tick++) await new Promise(setImmediate);
}

describe('endAndLinger', () => {
  it('frees the memory of what it reads and drops', async () => {
    const { server } = await openPair();
    const chunk = Buffer.alloc(65_536);

    endAndLinger(server);
    server.push(chunk);
    await nextTicks();

    expect(chunk).toHaveLength(0);
  });

  it('closes the connection when the client does', async () => {
    const { server, client } = await openPair();

    endAndLinger(server, 'last');
    client.resume().once('end', () => client.end());
    await once(server, 'close');

    expect(vi.getTimerCount()).toBe(0);
  });

  it('reads what the client still sends, for a second', async () => {
    const { server, client } = await openPair();

    endAndLinger(server, 'last');
    await once(client.resume(), 'end');
    client.write('x'.repeat(1_000_000));
    await hasRead(server, 1_000_000);
    vi.advanceTimersByTime(999);
    await nextTicks();
    const isOpen = !server.destroyed;
    vi.advanceTimersByTime(1);
    await nextTicks();

    expect([isOpen, server.destroyed]).toEqual([true, true]);
  });

  it('continues as long as the client sends, for ten seconds', async () => {
    const { server, client } = await openPair();

    endAndLinger(server, 'last');
    await once(client.resume(), 'end');
    const states: boolean[] = [];
    for (let second = 0; second < 12; second++) {
      const { bytesRead } = server;
      client.write('x');
      while (!server.destroyed && server.bytesRead === bytesRead) await new Promise(setImmediate);
      await new Promise(setImmediate);
      vi.advanceTimersByTime(900);
      await nextTicks();
      states.push(server.destroyed);
    }

    expect(states).toEqual([...Array(11).fill(false), true]);
  });

  it('reads no more than 4 MiB', async () => {
    const { server, client } = await openPair();

    endAndLinger(server, 'last');
    await once(client.resume(), 'end');
    client.write(Buffer.alloc(40_000_000));
    await vi.waitFor(() => expect(server.bytesRead).toBeGreaterThan(4_194_304));
    await vi.waitFor(() => expect(server.isPaused()).toBe(true));

    expect(server.bytesRead).toBeLessThan(5_000_000);
  });

  it('acts once when it is called twice', async () => {
    const { server, client } = await openPair();

    endAndLinger(server, 'last');
    endAndLinger(server);
    await once(client.resume(), 'end');
    client.write('x'.repeat(1_000_000));
    await hasRead(server, 1_000_000);

    expect([server.destroyed, server.errored]).toEqual([false, null]);
    vi.advanceTimersByTime(1000);
    await nextTicks();
    expect(server.destroyed).toBe(true);
  });

  it('does not cut off a client that reads slowly', async () => {
    const { server, client } = await openPair();
    let size = 0;
    client.on('data', (chunk) => (size += chunk.length)).pause();

    endAndLinger(server, 'x'.repeat(20_000_000));
    vi.advanceTimersByTime(10_000);
    await once(client.resume(), 'end');

    expect(size).toBe(20_000_000);
  });
});
