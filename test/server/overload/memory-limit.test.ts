// Beyond the limit of client memory: large requests get 503, and connections that wait for their client are evicted.

import { describe, expect, it, vi } from 'vitest';
import { MemoryBudget } from '../../../server/edge/memory/memory-budget.ts';
import { organizationWith } from '../../support/contract/organization.ts';
import { basic, send } from '../../support/http/http.ts';
import { closing } from '../../support/http/raw-http.ts';
import { openConnection, type RawConnection, requestText, statusesIn } from '../../support/http/sockets.ts';
import { collectLog } from '../../support/log-lines.ts';
import { startEdge, startSqliteServer } from '../../support/targets.ts';
import { MIB } from '../../support/units.ts';
import { gated, header, MANY, OWNER, settled, VALID, withMembers } from './limited-requests.ts';

describe('beyond the limit of client memory', () => {
  it('returns 503 with Retry-After while requests in progress hold it, and serves small requests', async () => {
    const memory = new MemoryBudget(212_000);
    const { handlers, entered, open } = gated();
    const { log, lines } = collectLog();
    const { url } = await closing(startEdge(handlers, { memory, log }, { memory }));
    const first = send(url, { body: withMembers(1000) });
    await vi.waitFor(() => expect(entered).toHaveBeenCalledTimes(1));

    const second = await send(url, { body: withMembers(1000) });
    const small = send(url, { body: VALID });
    await vi.waitFor(() => expect(entered).toHaveBeenCalledTimes(2));
    open();

    expect(second).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    expect(second.body).toMatchObject({ error: { type: 'Unavailable' } });
    expect([(await first).status, (await small).status]).toEqual([201, 201]);
    expect(memory.rejected).toBe(1);
    expect(lines.filter(({ msg }) => msg === 'request failed')).toMatchObject([
      {
        err: { message: 'The server is out of memory for requests. Retry after the number of seconds in Retry-After.' },
      },
    ]);
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

  it('returns 503 for the oldest body of the client that holds most, whatever is older', async () => {
    const memory = new MemoryBudget(392_000);
    const { handlers, open } = gated();
    open();
    const { url } = await closing(startEdge(handlers, { memory }, { memory }));
    const begin = async (client: string) => {
      const connection = await openConnection(url);
      const before = memory.held;
      const fields = { Authorization: basic(client, 'secret'), 'Content-Length': '80000' };
      connection.socket.write(`${header(fields)}${' '.repeat(70_000)}`);
      await vi.waitFor(() => expect(memory.held).toBeGreaterThan(before + 70_000));
      return connection;
    };
    const oldest = await begin('one body');
    const first = await begin('two bodies');
    const second = await begin('two bodies');

    const last = await send(url, { body: withMembers(200) });
    await first.responses(1);

    expect(last.status).toBe(201);
    expect(statusesIn(first.received())).toEqual([503]);
    expect([oldest, second].map(({ received, socket }) => [received(), socket.closed])).toEqual(
      Array(2).fill(['', false]),
    );
  });

  it('returns 503 for the body that has waited longest for its turn, and closes no idle connection', async () => {
    // There is room for the two bodies in progress and two that wait.
    const memory = new MemoryBudget(568_000);
    const { handlers, entered, open } = gated();
    const { url } = await closing(startEdge(handlers, { memory }, { memory }));
    const idle = await openConnection(url);
    idle.socket.write(requestText({}));
    await idle.responses(1);
    const begun = [1, 2].map(() => send(url, { body: withMembers(1000) }));
    await vi.waitFor(() => expect(entered).toHaveBeenCalledTimes(2));
    const waiting: RawConnection[] = [];
    for (let count = 0; count < 2; count++) {
      const connection = await openConnection(url);
      const before = memory.held;
      connection.socket.write(requestText(withMembers(1000)));
      await vi.waitFor(() => expect(memory.held).toBeGreaterThan(before + 50_000), { interval: 5 });
      waiting.push(connection);
    }
    const [longest, other] = waiting;

    const last = send(url, { body: withMembers(1000) });
    await longest?.responses(1);
    const isServed = statusesIn(other?.received() ?? '').length > 0;
    open();
    await other?.responses(1);
    idle.socket.write(requestText(VALID));
    await idle.responses(2);

    expect(longest?.received()).toMatch(/^Retry-After: 2\r$/m);
    expect([longest, other, idle].map((each) => statusesIn(each?.received() ?? ''))).toEqual([
      [503],
      [201],
      [400, 201],
    ]);
    expect(isServed).toBe(false);
    expect((await Promise.all([...begun, last])).map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(memory).toMatchObject({ rejected: 0, reclaimed: 1 });
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
    // A body is rejected before connections that could not be read yet, as all have been when a later one has.
    await send(url, { body: VALID });

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
    expect(text).toMatch(/^client_memory_rejected_total 1$/m);
    expect(text).toMatch(/^client_memory_reclaimed_total 1$/m);
  });
});
