// The end of the server: on SIGTERM under load, on Ctrl-C, with clients that never finish. No accepted request is lost
// or cut off.
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { databasePath, startServer } from '../../support/fixtures.ts';
import { DEMO, exchange, PATH } from '../../support/http/http.ts';
import { openConnection, requestText, statusesIn } from '../../support/http/sockets.ts';
import type { ServerProcess } from '../../support/process/server-process.ts';

const VALID = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

async function start(settings: Record<string, string> = {}): Promise<ServerProcess & { path: string }> {
  const path = await databasePath();
  const server = startServer({ DATABASE_PATH: path, RATE_LIMIT_PER_MINUTE: '0', ...settings });
  await server.url;
  return { ...server, path };
}

/** The IDs of all organizations in the file. */
function storedIn(path: string): string[] {
  const file = new DatabaseSync(path, { readOnly: true });
  try {
    expect(file.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    return file
      .prepare('SELECT organization_id FROM organizations')
      .all()
      .map((row) => String(row.organization_id));
  } finally {
    file.close();
  }
}

type Outcome = { id: string; connection: string } | { code: string; hasResponse: boolean };

/**
 * Creates one organization on a kept connection. Never rejects: resolves with the outcome, and whether a part of a
 * response was received.
 */
function create(url: string, agent: Agent): Promise<Outcome> {
  return new Promise((settle) => {
    let hasResponse = false;
    const fail = (error: Error & { code?: string }) => settle({ code: error.code ?? error.message, hasResponse });
    const headers = { authorization: DEMO, 'content-type': 'application/json' };
    const request = httpRequest(new URL(PATH, url), { method: 'POST', agent, headers }, (response) => {
      hasResponse = true;
      let text = '';
      response.on('data', (chunk) => (text += String(chunk))).on('error', fail);
      response.on('end', () => {
        if (response.statusCode === 201)
          settle({ id: JSON.parse(text).id, connection: String(response.headers.connection) });
        else settle({ code: `status ${response.statusCode}`, hasResponse });
      });
    });
    request.on('error', fail);
    request.end(JSON.stringify(VALID));
  });
}

describe('SIGTERM', () => {
  it('loses no acknowledged create under load, stores no other, and interrupts no response', async () => {
    const server = await start();
    const url = await server.url;
    const agent = new Agent({ keepAlive: true, maxSockets: 300 });
    onTestFinished(() => agent.destroy());
    const outcomes: Outcome[] = [];
    const client = async () => {
      for (;;) {
        const outcome = await create(url, agent);
        outcomes.push(outcome);
        if ('code' in outcome) return;
      }
    };

    const clients = Array.from({ length: 300 }, client);
    await vi.waitFor(() => expect(outcomes.length).toBeGreaterThan(1000), { timeout: 15_000 });
    const before = outcomes.length;
    server.child.kill('SIGTERM');
    const code = await server.ended;
    await Promise.all(clients);

    const created = outcomes.filter((outcome) => 'id' in outcome);
    const failed = outcomes.filter((outcome) => 'code' in outcome);
    // After SHUTDOWN_TIMEOUT_MS, the exit code would be 1.
    expect(code).toBe(0);
    // A refusal means that the listener was closed; a reset, that the server never accepted the connection.
    expect(failed.filter(({ hasResponse }) => hasResponse)).toEqual([]);
    expect(failed.filter(({ code }) => !['ECONNREFUSED', 'ECONNRESET'].includes(code))).toEqual([]);
    expect(failed.filter(({ code }) => code === 'ECONNRESET').length).toBeLessThan(30);
    expect(failed).toHaveLength(300);
    // Each request that the server accepted has a line.
    expect(server.output().match(/"msg":"request"/g)).toHaveLength(created.length);
    expect(server.output()).not.toContain('cutOff');
    expect(outcomes.length - before).toBeGreaterThan(300);
    expect(created.at(-1)?.connection).toBe('close');
    expect(storedIn(server.path).sort()).toEqual(created.map(({ id }) => id).sort());
  });

  it('fails readiness first, while requests are still handled', async () => {
    const server = await start();
    const url = await server.url;
    const seen: string[] = [];
    const probe = async () => {
      while (seen.at(-1) !== 'ECONNREFUSED') {
        const response = await exchange(url, { method: 'GET', path: '/readyz' }).catch((error) => error);
        seen.push(String(response.status ?? response.code));
      }
    };
    const probing = probe();

    await vi.waitFor(() => expect(seen).toContain('200'));
    server.child.kill('SIGTERM');
    await vi.waitFor(() => expect(seen).toContain('503'));
    const response = await exchange(url, {
      headers: { authorization: DEMO, 'content-type': 'application/json' },
      body: VALID,
    });
    await probing;

    expect(response.status).toBe(201);
    expect(response.headers.connection).toBe('close');
    expect(seen.filter((each, index) => each !== seen[index - 1])).toEqual(['200', '503', 'ECONNREFUSED']);
    expect(await server.ended).toBe(0);
  });

  it('serves new connections for SHUTDOWN_DELAY_MS after readiness has failed', async () => {
    const server = await start({ SHUTDOWN_DELAY_MS: '600000', SHUTDOWN_TIMEOUT_MS: '0' });
    const url = await server.url;

    server.child.kill('SIGTERM');
    await vi.waitFor(async () =>
      expect(await exchange(url, { method: 'GET', path: '/readyz' })).toMatchObject({
        status: 503,
        body: { reason: 'draining' },
      }),
    );
    const created = await Promise.all(
      Array.from({ length: 20 }, () =>
        exchange(url, { headers: { authorization: DEMO, 'content-type': 'application/json' }, body: VALID }),
      ),
    );

    expect(created.map(({ status }) => status)).toEqual(Array(20).fill(201));
    expect(storedIn(server.path)).toHaveLength(20);
    expect(server.child.exitCode).toBeNull();
  });

  it('ends within SHUTDOWN_TIMEOUT_MS after the delay', async () => {
    const server = await start({ SHUTDOWN_DELAY_MS: '50', SHUTDOWN_TIMEOUT_MS: '2000' });
    const connection = await openConnection(await server.url);
    connection.socket.write(requestText(VALID).slice(0, -10));
    await exchange(await server.url, { method: 'GET', path: '/livez' });

    server.child.kill('SIGTERM');

    // After SHUTDOWN_TIMEOUT_MS, the exit code would be 1.
    expect(await server.ended).toBe(0);
    expect(server.output()).toContain('"cutOff":1');
  });

  it('waits for a request that is on its way, and for all that one client pipelined', async () => {
    const server = await start();
    const connection = await openConnection(await server.url);
    const [first, second] = [requestText(VALID), requestText(VALID)];
    connection.socket.write(first.slice(0, -10));
    await vi.waitFor(() => expect(connection.socket.bytesWritten).toBe(first.length - 10));

    server.child.kill('SIGTERM');
    await vi.waitFor(() => expect(server.output()).toContain('draining'));
    connection.socket.write(first.slice(-10) + second);
    const text = await connection.closed;

    expect(statusesIn(text)).toEqual([201, 201]);
    expect([...text.matchAll(/^Connection: (.+)\r$/gm)].map(([, value]) => value)).toEqual(['keep-alive', 'close']);
    expect(await server.ended).toBe(0);
    expect(storedIn(server.path)).toHaveLength(2);
  });

  it.each([
    ['a few creates', requestText(VALID), 30],
    ['many creates', requestText(VALID), 200],
    ['pages', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', 30],
  ])('ends with exit code 0 and without an error while 20 clients pipeline %s', async (_, text, count) => {
    const server = await start({ SHUTDOWN_TIMEOUT_MS: '8000' });
    const url = await server.url;
    const connections = await Promise.all(Array.from({ length: 20 }, () => openConnection(url)));
    for (const { socket } of connections) socket.write(text.repeat(count));

    server.child.kill('SIGTERM');

    expect(await server.ended).toBe(0);
    const output = server.output();
    expect(output).not.toMatch(/"level":"(error|fatal)"/);
    expect(output.trimEnd().split('\n').at(-1)).toContain('"msg":"closed"');
    const texts = await Promise.all(connections.map(({ closed }) => closed));
    const ids = texts.flatMap((each) => [...each.matchAll(/"id":"([^"]+)","owner"/g)].map(([, id]) => id));
    expect(storedIn(server.path)).toEqual(expect.arrayContaining(ids));
  });

  it('cuts off clients that read nothing of what they pipeline, and ends with exit code 0', async () => {
    const server = await start({ SHUTDOWN_TIMEOUT_MS: '3000' });
    const url = await server.url;
    const connections = await Promise.all(Array.from({ length: 20 }, () => openConnection(url)));
    for (const { socket } of connections) socket.pause().write(requestText(VALID).repeat(1000));

    server.child.kill('SIGTERM');

    expect(await server.ended).toBe(0);
    expect(server.output()).not.toMatch(/"level":"(error|fatal)"/);
  });

  it('ends in time although clients are silent, idle, or never finish their request', async () => {
    const server = await start({ SHUTDOWN_TIMEOUT_MS: '2000' });
    const url = await server.url;
    const [silent, idle, unfinished] = await Promise.all([
      openConnection(url),
      openConnection(url),
      openConnection(url),
    ]);
    idle.socket.write(requestText(VALID));
    await idle.responses(1);
    unfinished.socket.write(requestText(VALID).slice(0, -10));
    // This is the last response, so everything that was written before has arrived.
    await exchange(url, { method: 'GET', path: '/livez' });

    server.child.kill('SIGTERM');

    // After SHUTDOWN_TIMEOUT_MS, the exit code would be 1.
    expect(await server.ended).toBe(0);
    expect(await silent.closed).toBe('');
    expect(statusesIn(await idle.closed)).toEqual([201]);
    expect(await unfinished.closed).toBe('');
    expect(server.output()).toContain('"cutOff":1');
    expect(storedIn(server.path)).toHaveLength(1);
  });
});

describe('SIGINT', () => {
  it('ends the server with exit code 0, however little time it is given', async () => {
    const servers = await Promise.all(['10000', '0'].map((timeoutMs) => start({ SHUTDOWN_TIMEOUT_MS: timeoutMs })));

    for (const { child } of servers) child.kill('SIGINT');

    expect(await Promise.all(servers.map(({ ended }) => ended))).toEqual([0, 0]);
    for (const { output } of servers) expect(output()).toContain('"signal":"SIGINT"');
  });

  it('ends at once, with exit code 1, when it comes a second time', async () => {
    const server = await start();
    const connection = await openConnection(await server.url);
    connection.socket.write(requestText(VALID).slice(0, -10));
    await exchange(await server.url, { method: 'GET', path: '/livez' });

    server.child.kill('SIGINT');
    await vi.waitFor(() => expect(server.output()).toContain('draining'));
    server.child.kill('SIGINT');
    const [code] = await once(server.child, 'exit');

    expect(code).toBe(1);
  });
});
