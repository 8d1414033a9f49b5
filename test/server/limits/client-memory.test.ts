// The budget for client memory at a running server: every way a request can end releases all of it, and beyond the
// limit connections that wait for their client are evicted.
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Handlers } from '../../../generated/operations.ts';
import { startMock } from '../../../mock/start.ts';
import { MemoryBudget, processMemory } from '../../../server/edge/memory/memory-budget.ts';
import type { Context } from '../../../server/edge/options.ts';
import { organizationWith } from '../../support/contract/organization.ts';
import { DEMO, gzipBomb, PATH, send } from '../../support/http/http.ts';
import { openConnection, type RawConnection, requestText, statusesIn } from '../../support/http/sockets.ts';
import { startEdge, startSqliteServer, type Target } from '../../support/targets.ts';

const OWNER = { id: '50af5191-05a3-42a5-802a-6b59091157af', name: 'FinTech Solutions Inc.' };
const VALID = { ownerId: OWNER.id, memberIds: [] };
const MIB = 1_048_576;
/** Members that make a response of 8 MB: more than the buffers of two sockets take in. */
const MANY = Array.from({ length: 10_000 }, () => ({ ...OWNER, name: '€'.repeat(255) }));

async function closing<T extends Target>(target: Promise<T>): Promise<T> {
  const started = await target;
  onTestFinished(() => started.close());
  return started;
}

/** A body of `count` members, each of 39 bytes. */
const withMembers = (count: number) => ({
  ownerId: OWNER.id,
  memberIds: Array.from({ length: count }, () => randomUUID()),
});

/** The header of a create, to be followed by its body. */
const header = (fields: Record<string, string>) =>
  [
    `POST ${PATH} HTTP/1.1`,
    ...Object.entries({ Host: 'x', Authorization: DEMO, 'Content-Type': 'application/json', ...fields }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
    '\r\n',
  ].join('\r\n');

const CHUNKED = header({ 'Transfer-Encoding': 'chunked' });
const oneByteChunks = (text: string) => [...text].map((character) => `1\r\n${character}\r\n`).join('');

/** Handlers without a store, which wait until the test opens them. */
function gated(body = organizationWith({ owner: OWNER, members: [] })) {
  const entered = vi.fn();
  const gate = Promise.withResolvers<void>();
  const handlers: Partial<Handlers<Context>> = {
    createCustomerOrganization: async () => {
      entered();
      await gate.promise;
      return { status: 201, body };
    },
  };
  return { handlers, entered, open: gate.resolve };
}

/** Closed, and nothing of it left. */
const settled = (memory: MemoryBudget) => vi.waitFor(() => expect(memory.held).toBe(0), 10_000);

describe('client memory', () => {
  /** Each gets connections of its own, and leaves them as they are at the end. */
  const endings: Record<string, (url: string) => Promise<unknown>> = {
    'a create': (url) => send(url, { body: VALID }),
    'a large body': (url) => send(url, { body: withMembers(10_000) }),
    'a large body in chunks': (url) => send(url, { body: withMembers(10_000), chunked: true }),
    'an empty body': (url) => send(url, { body: '' }),
    'a syntax error': (url) => send(url, { body: '{' }),
    'a refused request': (url) => send(url, { body: {} }),
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

  it.each(Object.entries(endings))('is given back after %s', async (_, end) => {
    const memory = new MemoryBudget(64 * MIB);
    const { url, close } = await startSqliteServer({ memory }, { memory });

    await end(url);
    await close();

    await settled(memory);
    expect(memory).toMatchObject({ refused: 0, reclaimed: 0 });
  });

  it('is given back when a request does not arrive in time', async () => {
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
    socket.write(oneByteChunks('x'.repeat(10_000)));
    await vi.waitFor(() => expect(memory.held).toBeGreaterThanOrEqual(before + 10_000));
    const held = memory.held - before;
    gate.resolve(undefined);
    await responses(1);

    expect(held).toBeLessThan(40_000);
  });
});

describe('a body in tiny chunks', () => {
  it.each([
    ['/api/customer-organizations', DEMO, 413],
    ['/api/customer-organizations', 'none', 401],
    ['/nothing', DEMO, 404],
  ])('ends the connection when there are too many of them: %s with %s', async (path, authorization, status) => {
    const { url } = await closing(startSqliteServer());
    const connection = await openConnection(url);

    connection.socket.write(CHUNKED.replace(PATH, path).replace(DEMO, authorization));
    connection.socket.write(oneByteChunks(' '.repeat(200_000)));
    const text = await connection.closed;

    expect(statusesIn(text)).toEqual([status]);
  });

  it('is accepted with two chunks for each of 10,000 members', async () => {
    const { url } = await closing(startSqliteServer());
    const { socket, responses, received } = await openConnection(url);
    const { ownerId, memberIds } = withMembers(10_000);
    const chunks = [
      `{"ownerId":"${ownerId}","memberIds":[`,
      ...memberIds.flatMap((id, index) => [`"${id}"`, index === 9999 ? ']' : ',']),
      '}',
      '',
    ];

    socket.write(CHUNKED + chunks.map((each) => `${each.length.toString(16)}\r\n${each}\r\n`).join(''));
    await responses(1);

    expect(received()).toContain('UnknownCustomers');
  });

  it('is accepted in 20,480 chunks of 1 MiB, wherever packets end within them', async () => {
    const { url } = await closing(startSqliteServer());
    const { socket, responses, received } = await openConnection(url);
    const size = 51;
    const text = `${JSON.stringify(VALID)}${' '.repeat(20_480 * size)}`.slice(0, 20_480 * size);

    socket.write(CHUNKED + text.replace(/.{51}/g, (chunk) => `33\r\n${chunk}\r\n`));
    socket.write('0\r\n\r\n');
    await responses(1);

    expect(statusesIn(received())).toEqual([201]);
  });
});

describe('beyond the limit of client memory', () => {
  it('returns 503 with Retry-After while requests in progress hold it, and serves small requests', async () => {
    const memory = new MemoryBudget(212_000);
    const { handlers, entered, open } = gated();
    const { url } = await closing(startEdge(handlers, { memory }, { memory }));
    const first = send(url, { body: withMembers(1000) });
    await vi.waitFor(() => expect(entered).toHaveBeenCalledTimes(1));

    const second = await send(url, { body: withMembers(1000) });
    const small = send(url, { body: VALID });
    await vi.waitFor(() => expect(entered).toHaveBeenCalledTimes(2));
    open();

    expect(second).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    expect(second.body).toMatchObject({ error: { type: 'Unavailable' } });
    expect([(await first).status, (await small).status]).toEqual([201, 201]);
    expect(memory.refused).toBe(1);
  });

  it('returns 503 for the oldest unfinished body, and no other', async () => {
    const memory = new MemoryBudget(392_000);
    const { url } = await closing(startSqliteServer({ memory }, { memory }));
    const started: RawConnection[] = [];
    for (let count = 0; count < 3; count++) {
      const connection = await openConnection(url);
      const before = memory.held;
      connection.socket.write(`${header({ 'Content-Length': '80000' })}${' '.repeat(70_000)}`);
      await vi.waitFor(() => expect(memory.held).toBeGreaterThan(before + 70_000));
      started.push(connection);
    }
    const [oldest, ...others] = started;

    const last = await send(url, { body: withMembers(200) });
    await oldest?.responses(1);

    expect(last.status).toBe(400);
    expect(statusesIn(oldest?.received() ?? '')).toEqual([503]);
    expect(oldest?.received()).toMatch(/^Retry-After: 2\r$/m);
    expect(others.map(({ received, socket }) => [received(), socket.closed])).toEqual(Array(2).fill(['', false]));
  });

  it('drops the rest of an abandoned body, and serves the next request on its connection', async () => {
    const memory = new MemoryBudget(100_000);
    const { url } = await closing(startSqliteServer({ memory }, { memory }));
    const { socket, responses, received } = await openConnection(url);

    socket.write(`${header({ 'Content-Length': '200000' })}${' '.repeat(150_000)}`);
    await responses(1);
    socket.write(' '.repeat(50_000) + requestText(VALID));
    await responses(2);

    expect(statusesIn(received())).toEqual([503, 201]);
  });

  it('closes a connection that does not read its responses', async () => {
    const memory = new MemoryBudget(12 * MIB);
    const { handlers, open } = gated(organizationWith({ owner: OWNER, members: MANY }));
    open();
    const { url } = await closing(startEdge(handlers, { memory }, { memory }));
    const stall = async () => {
      const connection = await openConnection(url);
      connection.socket.pause();
      connection.socket.write(requestText(VALID));
      return connection;
    };

    const older = await stall();
    await vi.waitFor(() => expect(memory.held).toBeGreaterThan(8_000_000), 10_000);
    const newer = await stall();
    await vi.waitFor(() => expect(memory.reclaimed).toBe(1), 10_000);
    for (const { socket } of [older, newer]) socket.resume();
    await vi.waitFor(() => expect(newer.received().endsWith('}]}')).toBe(true), 10_000);

    expect((await older.closed).endsWith('}]}')).toBe(false);
  });

  it('closes the oldest idle connections when nothing else can make room', async () => {
    const memory = new MemoryBudget(100_000);
    const { url } = await closing(startSqliteServer({ memory }, { memory }));
    const idle: RawConnection[] = [];
    for (let count = 0; count < 8; count++) idle.push(await openConnection(url));

    const response = await send(url, { body: withMembers(200) });

    expect(response.status).toBe(400);
    await idle[0]?.closed;
    expect(idle[7]?.socket.closed).toBe(false);
  });

  it('closes a connection whose header is never complete', async () => {
    const memory = new MemoryBudget(50_000);
    const { url } = await closing(startSqliteServer({ memory }, { memory }));
    const { socket, closed } = await openConnection(url);

    socket.write(`GET / HTTP/1.1\r\nA: ${'x'.repeat(15_000)}`);

    expect(await closed).toBe('');
    await settled(memory);
  });

  it('shows in the metrics', async () => {
    const memory = new MemoryBudget(MIB);
    const { createMetrics } = await import('../../../server/ops/metrics.ts');
    const metrics = createMetrics({ memory });

    memory.add(1000);
    memory.tryAdd(MIB);
    memory.countReclaimed();
    const { text } = await metrics.expose();

    expect(text).toMatch(/^client_memory_bytes 1000$/m);
    expect(text).toMatch(/^client_memory_limit_bytes 1048576$/m);
    expect(text).toMatch(/^client_memory_refused_total 1$/m);
    expect(text).toMatch(/^client_memory_reclaimed_total 1$/m);
  });
});

describe('the mock', () => {
  it('counts in the budget of the process, and rejects tiny chunks too', async () => {
    const before = processMemory.held;
    const mock = await startMock({ port: 0 });
    onTestFinished(() => mock.close());
    const connection = await openConnection(mock.url);

    connection.socket.write(CHUNKED);
    await vi.waitFor(() => expect(processMemory.held).toBeGreaterThan(before + 15_000));
    connection.socket.write(oneByteChunks(' '.repeat(100_000)));

    expect(statusesIn(await connection.closed)).toEqual([413]);
    await vi.waitFor(() => expect(processMemory.held).toBe(before));
  });
});
