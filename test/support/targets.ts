// Starts the targets of the tests, each on a free port.
import { join } from 'node:path';
import { pino } from 'pino';
import { type Handlers, routes } from '../../generated/operations.ts';
import { type MockOptions, startMock } from '../../mock/start.ts';
import type { Contract } from '../../openapi/model/contract.ts';
import { readOperationTables } from '../../openapi/model/operation-tables.ts';
import { seedDemo } from '../../server/demo/demo.ts';
import { createApp } from '../../server/edge/app.ts';
import type { AppOptions, Context } from '../../server/edge/options.ts';
import { type ListenOptions, listen } from '../../server/http/listen.ts';
import { createServerApp, type ServerAppOptions } from '../../server/serve.ts';
import { openSqliteStore } from '../../server/store/sqlite/store.ts';
import type { Store } from '../../server/store/store.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface Target {
  url: string;
  close(): Promise<void>;
}

/** Starts the server as `npm start` does, but in this process, on a fresh SQLite file with the demo account. */
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

/** Starts the server on an in-memory database, for tests with many requests that are not about storage. */
export async function startMemoryServer(): Promise<Target> {
  const store = openSqliteStore({ path: ':memory:' });
  await seedDemo(store);
  return serveStore(store);
}

/** Starts the server on this store, in this process. `close` also closes the store. */
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

/**
 * Completes the handlers of a test, so that every other operation fails. Default: the operations of the newest
 * contract.
 */
export function completeHandlers(handlers: Partial<Handlers<Context>>, contract?: Contract): Handlers<Context> {
  const fail = async () => {
    throw new Error('The test has no handler for this operation.');
  };
  const operations = contract ? readOperationTables(contract).routes : routes;
  // The route table has every operation.
  return {
    ...Object.fromEntries(operations.map(({ operationId }) => [operationId, fail])),
    ...handlers,
  } as Handlers<Context>;
}

/**
 * Starts the edge with these handlers. By default it accepts any credentials. `close` cuts off what is in progress, or
 * waits for it as long as it is told.
 */
export async function startEdge(
  handlers: Partial<Handlers<Context>>,
  options: Partial<AppOptions> = {},
  listening: Partial<ListenOptions> = {},
): Promise<Target & { close(timeoutMs?: number): Promise<void> }> {
  const { log = pino({ level: 'silent' }) } = options;
  const app = await createApp(completeHandlers(handlers, options.contract), {
    authenticate: ({ clientId }) => ({ account: 'account', clientId }),
    ...options,
    log,
  });
  const server = await listen(app, { port: 0, host: '127.0.0.1', portHint: '', log, ...listening });
  return { url: server.url, close: async (timeoutMs: number = 0) => void (await server.close(timeoutMs)) };
}

/** Starts the mock as `npm run mock` does, but in this process. */
export async function startMockTarget(options: MockOptions = {}): Promise<Target> {
  const mock = await startMock({ port: 0, ...options });
  return { url: new URL(mock.url).origin, close: mock.close };
}
