// The limit of connections: those that wait longest for their client are evicted, so that no client locks others out.
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { maxOpenConnections } from '../../../server/http/connections/open-files.ts';
import { organizationWith } from '../../support/contract/organization.ts';
import { send } from '../../support/http/http.ts';
import { openConnection, type RawConnection, requestText, statusesIn } from '../../support/http/sockets.ts';
import { startServerProcess } from '../../support/process/server-process.ts';
import { startEdge, type Target } from '../../support/targets.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const OWNER = { id: '50af5191-05a3-42a5-802a-6b59091157af', name: 'FinTech Solutions Inc.' };
const VALID = { ownerId: OWNER.id, memberIds: [] };
/** Members that make a response larger than the buffers of two sockets. */
const MANY = Array.from({ length: 10_000 }, () => ({ ...OWNER, name: 'x'.repeat(255) }));

/**
 * An edge for three connections. A request with an idempotency key waits until it is opened; one named `large` gets a
 * large response.
 */
async function start() {
  const entered = vi.fn();
  const gate = Promise.withResolvers<void>();
  const edge: Target = await startEdge(
    {
      createCustomerOrganization: async ({ headers }) => {
        const key = headers['Idempotency-Key'];
        if (key === 'wait') {
          entered();
          await gate.promise;
        }
        return { status: 201, body: organizationWith({ owner: OWNER, members: key === 'large' ? MANY : [] }) };
      },
    },
    {},
    { maxConnections: 3 },
  );
  onTestFinished(() => edge.close());
  return { url: edge.url, entered, open: gate.resolve };
}

/** The ways to open a connection that then waits for its client. */
const waiting: Record<string, (url: string) => Promise<RawConnection>> = {
  'that has sent nothing': (url) => openConnection(url),
  'that has sent half a header': async (url) => {
    const connection = await openConnection(url);
    connection.socket.write('POST /api/cust');
    return connection;
  },
  'that has sent half a body': async (url) => {
    const connection = await openConnection(url);
    const [header, body] = requestText(VALID, { Expect: '100-continue' }).split(/(?<=\r\n\r\n)/);
    connection.socket.write(header ?? expect.unreachable());
    await connection.responses(1);
    connection.socket.write(body?.slice(0, -10) ?? expect.unreachable());
    return connection;
  },
  'that is idle after its response': async (url) => {
    const connection = await openConnection(url);
    connection.socket.write(requestText(VALID));
    await connection.responses(1);
    return connection;
  },
};

describe('a new connection beyond the limit', () => {
  it.each(Object.entries(waiting))('evicts the oldest one %s', async (_, openWaiting) => {
    const { url } = await start();
    const connections = [await openWaiting(url), await openWaiting(url), await openWaiting(url)];

    const response = await send(url, { body: VALID });
    await connections[0]?.closed;

    expect(response.status).toBe(201);
    expect(connections.map(({ socket }) => socket.closed)).toEqual([true, false, false]);
  });

  it('evicts no request in progress, however old', async () => {
    const { url, entered, open } = await start();
    const connections = [await openConnection(url), await openConnection(url)];
    for (const { socket } of connections) socket.write(requestText(VALID, { 'Idempotency-Key': 'wait' }));
    await vi.waitFor(() => expect(entered).toHaveBeenCalledTimes(2));
    const idle = await openConnection(url);

    const response = await send(url, { body: VALID });
    await idle.closed;
    open();
    await Promise.all(connections.map(({ responses }) => responses(1)));

    expect(response.status).toBe(201);
    expect(connections.map(({ received }) => statusesIn(received()))).toEqual([[201], [201]]);
  });

  it('evicts one that does not read its response, when all others have requests in progress', async () => {
    const { url, entered, open } = await start();
    const connections = [await openConnection(url), await openConnection(url), await openConnection(url)];
    const [stalled, ...busy] = connections;
    stalled?.socket.pause();
    stalled?.socket.write(requestText(VALID, { 'Idempotency-Key': 'large' }).repeat(10));
    for (const { socket } of busy) socket.write(requestText(VALID, { 'Idempotency-Key': 'wait' }));
    await vi.waitFor(() => expect(entered).toHaveBeenCalledTimes(2));

    // The connection waits for its client only after its first response is written.
    await vi.waitFor(async () => expect((await send(url, { body: VALID })).status).toBe(201), 10_000);
    stalled?.socket.resume();
    await stalled?.closed;
    open();
    await Promise.all(busy.map(({ responses }) => responses(1)));

    expect(statusesIn(stalled?.received() ?? '').length).toBeLessThan(10);
  });

  it('is closed when all others have requests in progress', async () => {
    const { url, entered, open } = await start();
    const connections = [await openConnection(url), await openConnection(url), await openConnection(url)];
    for (const { socket } of connections) socket.write(requestText(VALID, { 'Idempotency-Key': 'wait' }));
    await vi.waitFor(() => expect(entered).toHaveBeenCalledTimes(3));

    const beyond = await openConnection(url);
    expect(await beyond.closed).toBe('');
    open();
    await Promise.all(connections.map(({ responses }) => responses(1)));

    expect(connections.map(({ received }) => statusesIn(received()))).toEqual([[201], [201], [201]]);
  });

  it('does not evict clients that open a connection for each request', async () => {
    const { url } = await start();
    const attackers: RawConnection[] = [];

    const statuses: number[] = [];
    for (let count = 0; count < 20; count++) {
      for (let each = 0; each < 2; each++) attackers.push(await openConnection(url));
      for (const { socket } of attackers) if (socket.writable) socket.write('GET / HT');
      statuses.push((await send(url, { body: VALID })).status);
    }

    expect(statuses).toEqual(Array(20).fill(201));
  });
});

describe('maxOpenConnections', () => {
  const limits = (soft: string) =>
    `Limit    Soft Limit    Hard Limit    Units\nMax open files            ${soft}     1048576     files\n`;

  it.each([
    ['20000', 19_744],
    ['1024', 768],
    ['128', 67],
    ['77', 16],
    ['unlimited', Number.POSITIVE_INFINITY],
  ])('reserves some of %s for other files', (soft, free) => {
    expect(
      maxOpenConnections(
        () => limits(soft),
        () => 29,
      ),
    ).toBe(free);
  });

  it('throws when there is room for fewer than 16, naming the least limit', () => {
    expect(() =>
      maxOpenConnections(
        () => limits('76'),
        () => 29,
      ),
    ).toThrow('The limit of open files is 76, which leaves too few for connections. Raise it to 77 at least');
  });

  it('is Infinity where the limit cannot be read', () => {
    expect(maxOpenConnections(() => '')).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a process that may open few files', () => {
  it.each([90, 200])(
    'serves a new client when others have opened more connections than it may have: %i',
    async (openFiles) => {
      await using folder = await temporaryFolder();
      const { child, url, ended, output } = startServerProcess(
        { DATABASE_PATH: `${folder.path}/test.db` },
        { openFiles },
      );
      onTestFinished(async () => {
        child.kill('SIGKILL');
        await ended;
      });
      const connections = await Promise.all(Array.from({ length: 300 }, async () => openConnection(await url)));
      for (const { socket } of connections) socket.write('GET / HT');

      const response = await send(await url, { body: VALID });

      expect(response.status).toBe(201);
      expect(child.exitCode).toBeNull();
      await vi.waitFor(() =>
        expect(output()).toContain('connections that wait for their client are closed for others'),
      );
    },
  );

  it('serves new clients and probes when others have opened all connections of both ports', async () => {
    await using folder = await temporaryFolder();
    const settings = { DATABASE_PATH: `${folder.path}/test.db`, METRICS_PORT: '0' };
    const { child, url, ended, output } = startServerProcess(settings, { openFiles: 200 });
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    const apiUrl = await url;
    const [, probesUrl = ''] = /"probesUrl":"([^"]+)"/.exec(output()) ?? [];
    await Promise.all(Array.from({ length: 300 }, () => openConnection(probesUrl)));
    await Promise.all(Array.from({ length: 300 }, () => openConnection(apiUrl)));

    const created = await send(apiUrl, { body: VALID });
    const probed = await fetch(`${probesUrl}/livez`);

    expect([created.status, probed.status]).toEqual([201, 200]);
    await vi.waitFor(() => expect(output().split('are closed for others')).toHaveLength(3));
  });

  it('does not start with a limit that leaves too few for connections, and says so in one line', async () => {
    await using folder = await temporaryFolder();
    const { output, ended } = startServerProcess({ DATABASE_PATH: `${folder.path}/test.db` }, { openFiles: 64 });

    expect(await ended).toBe(1);
    expect(output()).toMatch(/^The limit of open files is 64, which leaves too few for connections\. Raise it .+\n$/);
  });
});
