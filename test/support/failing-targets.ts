// Servers with failures that a client cannot provoke: unavailable storage, a defect, a client over its limit.
import { pino } from 'pino';
import { seedDemo } from '../../server/demo/demo.ts';
import { ApiError } from '../../server/edge/errors.ts';
import { listen } from '../../server/http/listen.ts';
import { createServerApp } from '../../server/serve.ts';
import { openSqliteStore } from '../../server/store/sqlite/store.ts';
import type { Store } from '../../server/store/store.ts';
import { StoreUnavailableError } from '../../server/store/store-errors.ts';
import { startEdge, type Target } from './targets.ts';

/** Starts the server on a store whose creates fail with this error. */
async function startFailingServer(error: Error): Promise<Target> {
  const store = openSqliteStore({ path: ':memory:' });
  await seedDemo(store);
  const app = await createServerApp(failCreates(store, error), { log: pino({ level: 'silent' }) });
  const server = await listen(app, { port: 0, host: '127.0.0.1', portHint: '' });
  return {
    url: server.url,
    close: async () => {
      await server.close(0);
      await store.close();
    },
  };
}

function failCreates(store: Store, error: Error): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'createOrganization') return () => Promise.reject(error);
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

/** A server whose store is unavailable. */
export function startUnavailableServer(): Promise<Target> {
  return startFailingServer(new StoreUnavailableError('database or disk is full'));
}

/** A server with an unexpected error, whose message must not be disclosed. */
export function startDefectiveServer(): Promise<Target> {
  return startFailingServer(new Error('SELECT secret FROM api_keys: node_modules/broken at /srv/app.ts:1:2'));
}

/** An edge that returns 429 to every request. */
export function startLimitedServer(): Promise<Target> {
  const never = async () => {
    throw new Error('A request over the limit must not reach its handler.');
  };
  return startEdge(
    { createCustomerOrganization: never },
    {
      limit: () => {
        throw new ApiError('RateLimited', { headers: { 'Retry-After': 2 } });
      },
    },
  );
}
