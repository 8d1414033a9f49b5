// The budget for client memory at a running server: every way in which a request can end releases all of it.

import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { MemoryBudget } from '../../../server/edge/memory/memory-budget.ts';
import { organizationWith } from '../../support/contract/organization.ts';
import { gzipBomb, send } from '../../support/http/http.ts';
import { closing } from '../../support/http/raw-http.ts';
import { openConnection, requestText } from '../../support/http/sockets.ts';
import { startEdge, startSqliteServer } from '../../support/targets.ts';
import { MIB } from '../../support/units.ts';
import { CHUNKED, gated, header, MANY, OWNER, oneByteChunks, settled, VALID, withMembers } from './limited-requests.ts';

describe('client memory', () => {
  /** The ways in which requests end. Each gets its own connections, and does not close them at the end. */
  const endings: Record<string, (url: string) => Promise<unknown>> = {
    'a create': (url) => send(url, { body: VALID }),
    'a large body': (url) => send(url, { body: withMembers(10_000) }),
    'a large body in chunks': (url) => send(url, { body: withMembers(10_000), chunked: true }),
    'an empty body': (url) => send(url, { body: '' }),
    'a syntax error': (url) => send(url, { body: '{' }),
    'a rejected request': (url) => send(url, { body: {} }),
    'a body that is too large': (url) => send(url, { body: Buffer.alloc(MIB + 1, ' '), chunked: true }),
    'a body that is said to be too large': async (url) => {
      const { socket, responses } = await openConnection(url);
      socket.write(header({ 'Content-Length': '2000000' }));
      await responses(1);
      socket.write(Buffer.alloc(100_000));
    },
    'a body of which nobody asked for': (url) => send(url, { method: 'GET', body: VALID }),
    'a body without credentials': (url) => send(url, { headers: { authorization: 'none' }, body: withMembers(5000) }),
    'a body that goes on after its response': async (url) => {
      const { socket, responses } = await openConnection(url);
      socket.write(`${header({ Authorization: 'none', 'Content-Length': '100000' })}{`);
      await responses(1);
      socket.write(Buffer.alloc(50_000));
    },
    gzip: (url) => send(url, { headers: { 'content-encoding': 'gzip' }, body: gzipSync(JSON.stringify(VALID)) }),
    'a gzip bomb': (url) => send(url, { headers: { 'content-encoding': 'gzip' }, body: gzipBomb(20) }),
    'broken Brotli': (url) => send(url, { headers: { 'content-encoding': 'br' }, body: Buffer.from('no') }),
    'one-byte chunks': async (url) => {
      const { socket, responses } = await openConnection(url);
      socket.write(CHUNKED + oneByteChunks(JSON.stringify(VALID)));
      socket.write('0\r\n\r\n');
      await responses(1);
    },
    'a body in too many chunks': async (url) => {
      const connection = await openConnection(url);
      connection.socket.write(CHUNKED + oneByteChunks(' '.repeat(30_000)));
      await connection.closed;
    },
    'an upload that is reset': async (url) => {
      const { socket } = await openConnection(url);
      socket.write(`${header({ 'Content-Length': '200000' })}${' '.repeat(150_000)}`);
      await send(url, { body: VALID });
      socket.resetAndDestroy();
    },
    'half a header': async (url) => {
      const { socket } = await openConnection(url);
      socket.write('POST / HT');
    },
    'no HTTP at all': async (url) => {
      const connection = await openConnection(url);
      connection.socket.write('hello\r\n\r\n');
      await connection.closed;
    },
    CONNECT: async (url) => {
      const connection = await openConnection(url);
      connection.socket.write('CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n');
      await connection.closed;
    },
    'pipelined requests': async (url) => {
      const { socket, responses } = await openConnection(url);
      socket.write(requestText(VALID).repeat(100));
      await responses(100);
    },
    'pipelined requests whose client has gone': async (url) => {
      const { socket, responses } = await openConnection(url);
      socket.write(requestText(VALID).repeat(100));
      await responses(1);
      socket.destroy();
    },
  };

  it.each(Object.entries(endings))('is released after %s', async (_, end) => {
    const memory = new MemoryBudget(64 * MIB);
    const { url, close } = await startSqliteServer({ memory }, { memory });

    await end(url);
    await close();

    await settled(memory);
    expect(memory).toMatchObject({ rejected: 0, reclaimed: 0 });
  });

  it('is released when a request does not arrive in time', async () => {
    const memory = new MemoryBudget(MIB);
    const timeouts = { headerMs: 100, requestMs: 200, checkMs: 20 };
    const { url } = await closing(startSqliteServer({ memory }, { memory, timeouts }));
    const [inHeader, inBody] = [await openConnection(url), await openConnection(url)];

    inHeader.socket.write('POST / HT');
    inBody.socket.write(`${header({ 'Content-Length': '200000' })}${' '.repeat(100_000)}`);
    await Promise.all([inHeader.closed, inBody.closed]);

    await settled(memory);
  });

  it('counts nothing of a request once its response was taken, though the connection stays', async () => {
    const memory = new MemoryBudget(MIB);
    const { url } = await closing(startSqliteServer({ memory }, { memory }));
    const { socket, responses } = await openConnection(url);
    await vi.waitFor(() => expect(memory.held).toBeGreaterThan(0));
    const idle = memory.held;

    socket.write(requestText(withMembers(2000)));
    await responses(1);

    await vi.waitFor(() => expect(memory.held).toBe(idle));
  });

  it('counts the text of a large response until the client reads it', async () => {
    const memory = new MemoryBudget(64 * MIB);
    const { handlers, open } = gated(organizationWith({ owner: OWNER, members: MANY }));
    open();
    const { url } = await closing(startEdge(handlers, { memory }, { memory }));
    const { socket, responses } = await openConnection(url);

    socket.pause();
    socket.write(requestText(VALID));
    await vi.waitFor(() => expect(memory.held).toBeGreaterThan(8_000_000), 10_000);
    socket.resume();
    await responses(1);

    await vi.waitFor(() => expect(memory.held).toBeLessThan(20_000));
  });

  it('counts a header that is not complete, after a complete request too', async () => {
    const memory = new MemoryBudget(MIB);
    const { url } = await closing(startSqliteServer({ memory }, { memory }));
    const [first, second] = [await openConnection(url), await openConnection(url)];
    const part = `GET /livez HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(10_000)}`;

    first.socket.write(part);
    await vi.waitFor(() => expect(memory.held).toBeGreaterThan(30_000));
    second.socket.write(`GET /livez HTTP/1.1\r\nHost: x\r\n\r\n${part}`);
    await vi.waitFor(() => expect(memory.held).toBeGreaterThan(60_000));
    for (const { socket, responses } of [first, second]) {
      socket.write('\r\n\r\n');
      await responses(1);
    }

    await vi.waitFor(() => expect(memory.held).toBeLessThan(25_000));
  });

  it('counts a request whose response is over, until the rest of its body arrives', async () => {
    const memory = new MemoryBudget(MIB);
    const { url } = await closing(startSqliteServer({ memory }, { memory }));
    const { socket, responses } = await openConnection(url);
    await vi.waitFor(() => expect(memory.held).toBeGreaterThan(0));
    const idle = memory.held;

    socket.write(`${header({ 'Content-Length': '2', Authorization: 'none' })}{`);
    await responses(1);
    await vi.waitFor(() => expect(memory.held).toBe(idle + 6000));
    socket.write('}');

    await vi.waitFor(() => expect(memory.held).toBe(idle));
  });

  it('counts a body that is not read yet by its bytes, in however many chunks it arrives', async () => {
    const memory = new MemoryBudget(MIB);
    const gate = Promise.withResolvers<undefined>();
    const authenticate = vi.fn(() => gate.promise);
    const { url } = await closing(startEdge({}, { memory, authenticate }, { memory }));
    const { socket, responses } = await openConnection(url);

    socket.write(CHUNKED);
    await vi.waitFor(() => expect(authenticate).toHaveBeenCalled());
    const before = memory.held;
    socket.write(`19\r\n${'x'.repeat(25)}\r\n`.repeat(400));
    await vi.waitFor(() => expect(memory.held).toBeGreaterThanOrEqual(before + 10_000));
    const held = memory.held - before;
    gate.resolve(undefined);
    await responses(1);

    expect(held).toBeLessThan(40_000);
  });
});
