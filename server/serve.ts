// Runs the server: composes store, handlers and edge, listens, and shuts down on a signal.
import { type RequestHandler, Router } from 'express';
import type { Logger } from 'pino';
import { basePath } from '../generated/operations.ts';
import { DEMO_KEY, hasDemoKey, seedDemo } from './api/demo.ts';
import { createHandlers } from './api/handlers.ts';
import { authenticateBy } from './auth/authenticate.ts';
import type { Config } from './config.ts';
import { createApp } from './edge/app.ts';
import { ApiError } from './edge/errors.ts';
import { MemoryBudget } from './edge/memory/memory-budget.ts';
import type { AppOptions } from './edge/options.ts';
import { type Listening, listen } from './http/listen.ts';
import { limitFailedLogins } from './limits/limit-failed-logins.ts';
import { limitRequests } from './limits/limit-requests.ts';
import { createSharedCounter } from './limits/shared-counter.ts';
import { createHealth, type Health } from './ops/health.ts';
import { createLog } from './ops/log.ts';
import { changeLevelOnSignal } from './ops/log-level.ts';
import { createMetrics, type Metrics } from './ops/metrics.ts';
import { serveProbes } from './ops/probes.ts';
import { serveReference } from './ops/reference.ts';
import { shutDownOnSignal } from './ops/shutdown.ts';
import { StartupError } from './startup-error.ts';
import { describeStore, openStore } from './store/open.ts';
import { startPurge } from './store/purge.ts';
import { type Store, StoreUnavailableError } from './store/store.ts';

/** Resolves when requests are answered. @throws StartupError | StoreOpenError */
export async function serve(config: Config): Promise<void> {
  const log = await createLog(config.logLevel);
  changeLevelOnSignal(log);
  const store = await openStore(config);
  const demo = !config.production && config.databaseUrl === undefined;
  const health = createHealth({ check: () => store.check(), log });
  const memory = new MemoryBudget(config.clientMemoryMb * 1_048_576);
  const metrics = createMetrics({ process: true, memory });
  const server = await start(store).catch(async (error) => {
    await store.close();
    throw error;
  });
  // It has been listening only since now, so there was no moment at which it listened and was not ready.
  health.phase = 'serving';
  const purge = startPurge(store, { log });
  shutDownOnSignal({ server, store, purge, health, log, timeoutMs: config.shutdownTimeoutMs });
  log.info({ url: `${server.url}${basePath}`, production: config.production }, 'listening');
  if (demo) process.stdout.write(welcome(server.port));

  async function start(store: Store): Promise<Listening> {
    if (config.production) await refuseDemoKey(store, config);
    else if (demo) await seedDemo(store);
    const { corsOrigins, trustProxy, slowRequestMs, rateLimitPerMinute, failedLoginsPerMinute } = config;
    const app = await createServerApp(store, {
      log,
      slowRequestMs,
      corsOrigins,
      trustProxy,
      rateLimitPerMinute,
      failedLoginsPerMinute,
      health,
      metrics,
      memory,
    });
    return listen(app, {
      port: config.port,
      host: config.host,
      portHint: 'PORT=3001 npm start',
      log,
      memory,
    });
  }
}

export interface ServerAppOptions extends Pick<AppOptions, 'corsOrigins' | 'trustProxy'> {
  log: Logger;
  /** 0 or none: no request is slow. */
  slowRequestMs?: number;
  /** Requests for each API key; 0 or none: no limit. */
  rateLimitPerMinute?: number;
  /** For each address; 0 or none: no limit. */
  failedLoginsPerMinute?: number;
  /** Default: a new one, which is serving. */
  health?: Health;
  /** Default: a new registry, without the measures of the process. */
  metrics?: Metrics;
  /** Default: that of the process. */
  memory?: MemoryBudget;
}

/** The edge in front of the real handlers, on this store. */
export function createServerApp(store: Store, options: ServerAppOptions): ReturnType<typeof createApp> {
  const {
    log,
    corsOrigins,
    trustProxy,
    slowRequestMs = 0,
    rateLimitPerMinute = 0,
    failedLoginsPerMinute = 0,
  } = options;
  const health = options.health ?? createHealth({ check: () => store.check(), log, phase: 'serving' });
  const metrics = options.metrics ?? createMetrics();
  const limit = limitRequests({
    perMinute: rateLimitPerMinute,
    createCounter: (settings) => createSharedCounter(store, settings),
    onRefused: () => metrics.countLimited('requests'),
  });
  return createApp(createHandlers(store), {
    log,
    toApiError,
    ...(corsOrigins && { corsOrigins }),
    ...(trustProxy !== undefined && { trustProxy }),
    ...(slowRequestMs > 0 && { slowRequestMs }),
    authenticate: limitFailedLogins(authenticateBy(store), {
      perMinute: failedLoginsPerMinute,
      onRefused: () => metrics.countLimited('logins'),
      onBlocked: (address) => log.warn({ address }, BLOCKED),
    }),
    authenticationCacheMs: AUTHENTICATION_CACHE_MS,
    ...(limit && { limit }),
    ...(options.memory && { memory: options.memory }),
    middleware: onlyReads(Router().use(serveProbes(health, metrics), serveReference())),
    observe: metrics.observe,
    observeResponse: metrics.observeResponse,
  });
}

/** A fiftieth of the time in which a revocation takes effect. */
const AUTHENTICATION_CACHE_MS = 100;

const BLOCKED =
  'too many failed logins: for a minute this address is rejected, except for clients that have logged in from there. ' +
  'If it is your proxy, set TRUST_PROXY';

/** Spares all other requests the way through a router that has nothing for them. */
function onlyReads(router: RequestHandler): RequestHandler {
  return (request, response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD') router(request, response, next);
    else next();
  };
}

/** In the seconds of `Retry-After`: most locks and restarts are over by then. */
const RETRY_AFTER_SECONDS = 2;

function toApiError(error: unknown): ApiError | undefined {
  if (!(error instanceof StoreUnavailableError)) return undefined;
  return new ApiError('Unavailable', { headers: { 'Retry-After': RETRY_AFTER_SECONDS }, cause: error });
}

async function refuseDemoKey(store: Store, config: Config): Promise<void> {
  if (!(await hasDemoKey(store))) return;
  throw new StartupError(
    `${describeStore(config)} accepts the demo credentials ${DEMO_KEY.clientId}:${DEMO_KEY.secret}, which are public. ` +
      'Revoke that key, or set DATABASE_PATH to another file.',
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
