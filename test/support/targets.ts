// What the suites run against: each target is started by a function, on a free port, and closed by its own `close`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Handlers, routes } from '../../generated/operations.ts';
import { type MockOptions, startMock } from '../../mock/start.ts';
import { seedDemo } from '../../server/api/demo.ts';
import { createApp } from '../../server/edge/app.ts';
import type { AppOptions, Context } from '../../server/edge/options.ts';
import { type ListenOptions, listen } from '../../server/http/listen.ts';
import { createServerApp, type ServerAppOptions } from '../../server/serve.ts';
import { openSqliteStore } from '../../server/store/sqlite/store.ts';
import type { Store } from '../../server/store/store.ts';

export interface Target {
  url: string;
  close(): Promise<void>;
}

/** A folder of its own for one test, outside the project. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'customer-organizations-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** The server as `npm start` runs it, on a fresh SQLite file with the demo account, in this process. */
export async function startSqliteServer(
  options: Partial<ServerAppOptions> = {},
  listening: Partial<ListenOptions> = {},
): Promise<Target> {
  const folder = await temporaryFolder();
  const store = openSqliteStore({ path: join(folder.path, 'test.db') });
  await seedDemo(store);
  const server = await serveStore(store, options, listening);
  return {
    url: server.url,
    close: async () => {
      await server.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The same without a file, for tests that ask much and are not about what is stored: no create waits for a disk. */
export async function startMemoryServer(): Promise<Target> {
  const store = openSqliteStore({ path: ':memory:' });
  await seedDemo(store);
  return serveStore(store);
}

/** The server on this store, in this process. `close` closes the store too. */
export async function serveStore(
  store: Store,
  options: Partial<ServerAppOptions> = {},
  listening: Partial<ListenOptions> = {},
): Promise<Target> {
  const { log = pino({ level: 'silent' }) } = options;
  const app = await createServerApp(store, { ...options, log });
  const server = await listen(app, { port: 0, host: '127.0.0.1', portHint: '', log, ...listening });
  return {
    url: server.url,
    close: async () => {
      await server.close(0);
      await store.close();
    },
  };
}

/** A test gives the handlers that it is about; any other operation that the contract may have fails. */
export function withTheOthers(handlers: Partial<Handlers<Context>>): Handlers<Context> {
  const fail = async () => {
    throw new Error('This test is not about this operation.');
  };
  // The route table has every operation.
  return {
    ...Object.fromEntries(routes.map(({ operationId }) => [operationId, fail])),
    ...handlers,
  } as Handlers<Context>;
}

/** The edge in front of the handlers of a test; lets everybody in. */
export async function startEdge(
  handlers: Partial<Handlers<Context>>,
  options: Partial<AppOptions> = {},
  listening: Partial<ListenOptions> = {},
): Promise<Target> {
  const { log = pino({ level: 'silent' }) } = options;
  const app = await createApp(withTheOthers(handlers), {
    authenticate: ({ clientId }) => ({ account: 'account', clientId }),
    ...options,
    log,
  });
  const server = await listen(app, { port: 0, host: '127.0.0.1', portHint: '', log, ...listening });
  return { url: server.url, close: async () => void (await server.close(0)) };
}

/** The mock as `npm run mock` runs it, in this process. */
export async function startMockTarget(options: MockOptions = {}): Promise<Target> {
  const mock = await startMock({ port: 0, ...options });
  return { url: new URL(mock.url).origin, close: mock.close };
}
