// Runs the server: puts together store, handlers and edge, listens, and ends in good order.
import { basePath } from '../generated/operations.ts';
import { type AppOptions, createApp } from './app.ts';
import { authenticateBy } from './authenticate.ts';
import type { Config } from './config.ts';
import { DEMO_KEY, hasDemoKey, seedDemo } from './demo.ts';
import { ApiError } from './errors.ts';
import { createHandlers } from './handlers.ts';
import { type Listening, listen } from './listen.ts';
import { createLog } from './log.ts';
import { startPurge } from './purge.ts';
import { StartupError } from './startup-error.ts';
import { openStore } from './store/open.ts';
import { type Store, StoreUnavailable } from './store/store.ts';

/** Resolves when requests are answered. @throws StartupError | StoreNotUsable */
export async function serve(config: Config): Promise<void> {
  const log = await createLog(config.logLevel);
  const store = await openStore(config);
  const server = await start(store).catch(async (error) => {
    await store.close();
    throw error;
  });
  const purge = startPurge(store, { log });
  endOnSignal();
  log.info({ url: `${server.url}${basePath}`, production: config.production }, 'listening');
  if (!config.production) process.stdout.write(welcome(server.port));

  async function start(store: Store): Promise<Listening> {
    if (config.production) await refuseDemoKey(store, config.databasePath);
    else await seedDemo(store);
    const app = await createServerApp(store, { log, corsOrigins: config.corsOrigins, trustProxy: config.trustProxy });
    return listen(app, { port: config.port, host: config.host, portHint: 'PORT=3001 npm start' });
  }

  /** The first signal lets open requests finish; a second one ends at once. */
  function endOnSignal(): void {
    const end = async (signal: string) => {
      process.once(signal, () => process.exit(1));
      log.info({ signal }, 'shutting down');
      await server.close(config.shutdownTimeoutMs);
      await purge.stop();
      await store.close();
      log.info('closed');
    };
    for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void end(signal));
  }
}

/** The edge in front of the real handlers, on this store. */
export function createServerApp(
  store: Store,
  options: Pick<AppOptions, 'log' | 'corsOrigins' | 'trustProxy'>,
): ReturnType<typeof createApp> {
  return createApp(createHandlers(store), { ...options, authenticate: authenticateBy(store), toApiError });
}

/** In the seconds of `Retry-After`: most locks and restarts are over by then. */
const RETRY_AFTER_SECONDS = 2;

function toApiError(error: unknown): ApiError | undefined {
  if (!(error instanceof StoreUnavailable)) return undefined;
  return new ApiError('Unavailable', { headers: { 'Retry-After': RETRY_AFTER_SECONDS }, cause: error });
}

async function refuseDemoKey(store: Store, path: string): Promise<void> {
  if (!(await hasDemoKey(store))) return;
  throw new StartupError(
    `${path} lets anybody in with the demo credentials ${DEMO_KEY.clientId}:${DEMO_KEY.secret}, so it is not for production. Choose another file with DATABASE_PATH.`,
  );
}

function welcome(port: number): string {
  const { clientId, secret } = DEMO_KEY;
  const base = `http://localhost:${port}${basePath}`;
  return `
Customer organizations on ${base}
Demo credentials: client ID ${clientId}, secret ${secret}. Try it:

  curl ${base}/customer-organizations --user ${clientId}:${secret} \\
    --header 'Content-Type: application/json' \\
    --data '{"ownerId":"50af5191-05a3-42a5-802a-6b59091157af","memberIds":["e309e948-088e-4d77-b654-cd85498f1555"]}'

Ctrl-C ends it.

`;
}
