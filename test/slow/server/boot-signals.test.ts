// Signals that come while `npm start` loads its modules, or waits for its database.
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { databasePath, startServer } from '../../support/fixtures.ts';
import { exchange } from '../../support/http/http.ts';
import { ended, spawnCommand } from '../../support/process/command.ts';
import type { ServerProcess } from '../../support/process/server-process.ts';

const HOOK = fileURLToPath(new URL('../../support/process/signal-during-boot.cjs', import.meta.url));

/** The time for which a server waits for its database. */
const WAIT_MS = 30_000;

async function startWith(signals: string): Promise<ServerProcess> {
  const settings = { NODE_OPTIONS: `--require=${HOOK}`, BOOT_SIGNALS: signals };
  return startServer({ ...settings, DATABASE_PATH: await databasePath() });
}

/** A server whose PostgreSQL accepts no connection. */
async function startWaiting(): Promise<ServerProcess> {
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((settle) => closed.once('listening', settle));
  const address = closed.address();
  closed.close();
  const port = typeof address === 'object' ? address?.port : undefined;
  const server = startServer({ DATABASE_URL: `postgres://user@127.0.0.1:${port}/none`, NODE_ENV: 'production' });
  onTestFinished(() => void server.child.kill('SIGKILL'));
  await vi.waitFor(() => expect(server.output()).toContain('waiting for the database'), WAIT_MS);
  return server;
}

describe('before the modules of the server are loaded', () => {
  it('SIGHUP, SIGUSR1 and SIGUSR2 change nothing', async () => {
    const server = await startWith('SIGHUP,SIGUSR1,SIGUSR2');

    const { status } = await exchange(await server.url, { method: 'GET', path: '/readyz' });
    server.child.kill('SIGTERM');

    expect([status, await server.ended]).toEqual([200, 0]);
    expect(server.output()).not.toContain('Debugger');
  });

  it('SIGHUP ends a command, as it does when a terminal is closed', async () => {
    const settings = { NODE_OPTIONS: `--require=${HOOK}`, BOOT_SIGNALS: 'SIGHUP' };
    const child = spawnCommand({ ...settings, DATABASE_PATH: await databasePath() }, 'keys', 'list');
    await ended(child);

    expect(child.signalCode).toBe('SIGHUP');
  });
});

describe('while the server waits for its database', () => {
  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('%s ends it at once, with exit code %i', async (signal, code) => {
    const server = await startWaiting();

    server.child.kill(signal);

    expect(await server.ended).toBe(code);
  });

  it('SIGHUP does not end it', async () => {
    const server = await startWaiting();

    server.child.kill('SIGHUP');
    server.child.kill('SIGUSR2');
    await vi.waitFor(() => expect(server.output()).toContain('log level changed'), WAIT_MS);

    expect([server.child.exitCode, server.child.signalCode]).toEqual([null, null]);
  });
});
