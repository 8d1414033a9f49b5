// Runs the server: composes store, handlers and edge, listens, and shuts down on a signal.
import { type RequestHandler, Router } from 'express';
import type { Logger } from 'pino';
import { contract } from '../generated/contract.ts';
import { basePath } from '../generated/operations.ts';
import { START_COMMAND } from '../openapi/command/command-name.ts';
import { version } from '../openapi/version.ts';
import { createHandlers } from './api/handlers.ts';
import { authenticateBy } from './auth/authenticate.ts';
import { KeyUses } from './auth/key-uses.ts';
import type { Config } from './config.ts';
import { acceptsDemo, DEMO_KEY, hasDemoKey, seedDemo } from './demo/demo.ts';
import { describeDemo } from './demo/describe-demo.ts';
import { createApp } from './edge/app.ts';
import { checkBundledChanges } from './edge/conversions/check-changes.ts';
import { type ApiError, unavailable } from './edge/errors.ts';
import { MemoryBudget, MIB } from './edge/memory/memory-budget.ts';
import type { AppOptions, Principal } from './edge/options.ts';
import { maxOpenConnections } from './http/connections/open-files.ts';
import { isReachable } from './http/is-reachable.ts';
import { type Listening, listen } from './http/listen.ts';
import { createDamageReport } from './ops/damage-report.ts';
import { createHealth, type Health } from './ops/health.ts';
import { createLog } from './ops/log.ts';
import { changeLevelOnSignal } from './ops/log-level.ts';
import { createMetrics, type Metrics } from './ops/metrics.ts';
import { createProbesApp, serveProbes } from './ops/probes.ts';
import { shutDownOnSignal } from './ops/shutdown.ts';
import { limitFailedLogins } from './rate-limits/limit-failed-logins.ts';
import { limitRequests } from './rate-limits/limit-requests.ts';
import { createSharedCounter } from './rate-limits/shared-counter.ts';
import { buildReferenceSoon, serveReference } from './site/reference.ts';
import { StartupError } from './startup-error.ts';
import { describeStore, nameStore, openStore } from './store/open.ts';
import { startPurge } from './store/purge.ts';
import { retryWhileDown } from './store/retry-while-down.ts';
import type { Store } from './store/store.ts';
import { StoreUnavailableError } from './store/store-errors.ts';

/** The settings, and the options of the command. */
export interface ServeConfig extends Config {
  /** Whether the log is JSON lines on a terminal too. */
  json: boolean;
  /** Whether to update an older schema, which is an error otherwise. */
  migrate: boolean;
}

/** Resolves when the server accepts requests. @throws StartupError | StoreOpenError */
export async function serve(config: ServeConfig): Promise<void> {
  checkBundledChanges();
  const log = await createLog(config.logLevel, config);
  changeLevelOnSignal(log);
  const memory = new MemoryBudget(config.clientMemoryMb * MIB);
  let store: Store | undefined;
  const reportDamage = createDamageReport({ log });
  const health = createHealth({
    check: async () => store?.check(),
    onFailed: (error) => {
      metrics.countStoreError(error);
      const isDamage = error instanceof StoreUnavailableError && error.kind === 'damaged';
      if (isDamage && config.databaseUrl === undefined) reportDamage();
    },
    log,
  });
  const metrics = createMetrics({
    process: true,
    memory,
    isReady: async () => (await health.findNotReadyReason()) === undefined,
    countConnections: () => store?.countConnections?.(),
    findClockSkewMs: () => store?.findClockSkewMs?.(),
    build: { version, contract: contract.info.version },
  });
  const parts = { log, memory, health, metrics };
  const probes = await listenForProbes(config, parts);
  try {
    store = await openReadyStore(config, parts);
    const uses = new KeyUses(store, { log });
    const server = await start(store, config, { ...parts, onKeyUse: (principal) => uses.record(principal) });
    // The server has only just begun to listen, so it never handles a request without being ready.
    health.phase = 'serving';
    const purge = startPurge(store, { log, onPurged: metrics.onPurged, onFailed: metrics.countStoreError });
    const { shutdownDelayMs: delayMs, shutdownTimeoutMs: timeoutMs } = config;
    shutDownOnSignal({ server, probes, store, purge, uses, health, log, delayMs, timeoutMs });
    const { production } = config;
    const url = `${server.url}${basePath}`;
    log.info({ url, probesUrl: probes?.url, production, store: nameStore(config) }, 'listening');
    if (!production) buildReferenceSoon();
    // Standard output contains only the log.
    if (mayHaveDemo(config) && !config.json && (await acceptsDemo(store)))
      process.stderr.write(describeDemo(server.port));
  } catch (error) {
    await probes?.close(0);
    await store?.close();
    throw error;
  }
}

interface ServerParts {
  log: Logger;
  memory: MemoryBudget;
  health: Health;
  metrics: Metrics;
}

interface AppParts extends ServerParts {
  onKeyUse: (principal: Principal) => void;
}

const mayHaveDemo = ({ production, databaseUrl }: Config) => !production && databaseUrl === undefined;

/** Opens the store as soon as it is available, and checks or seeds its keys. */
async function openReadyStore(config: ServeConfig, { log, metrics }: ServerParts): Promise<Store> {
  const onWarning = (message: string) => log.warn(message);
  let reported: string | undefined;
  const open = async () => {
    // In production, a misspelled name or an unmounted disk must not create another, empty database.
    const migrate = config.migrate && (config.production ? 'existing' : true);
    const countsRequests = config.rateLimitPerMinute > 0;
    const reporting = { observer: metrics, onWarning, onClockSkew: onWarning };
    const store = await openStore(config, { migrate, countsRequests, ...reporting });
    try {
      if (config.production) await rejectDemoKey(store, config);
      else if (mayHaveDemo(config)) await prepareDemo(store, config);
      if (await store.isEmpty()) onWarning(describeEmpty(config));
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  };
  return retryWhileDown(open, {
    timeoutMs: config.databaseStartTimeoutMs,
    onWait: ({ message }) => {
      if (message !== reported) log.warn({ reason: message }, 'waiting for the database');
      reported = message;
    },
  });
}

async function start(store: Store, config: Config, parts: AppParts): Promise<Listening> {
  const { corsOrigins, trustProxy, slowRequestMs, rateLimitPerMinute, failedLoginsPerMinute } = config;
  const app = await createServerApp(store, {
    ...parts,
    slowRequestMs,
    corsOrigins,
    trustProxy,
    rateLimitPerMinute,
    failedLoginsPerMinute,
    hasProbes: config.metricsPort === undefined,
  });
  const { log, memory } = parts;
  const portHint = `PORT=3001 ${START_COMMAND}`;
  const otherConnections = config.metricsPort === undefined ? 0 : probesConnections();
  return listen(app, { port: config.port, host: config.host, portHint, log, otherConnections, memory });
}

/** The budget in MiB for probes on a port of their own, so that they work whatever the clients do. */
const PROBES_MEMORY_MB = 16;

/** The maximum number of connections of probes and scrapers. It is lower if the limit of open files is low. */
const PROBES_CONNECTIONS = 64;
const PROBES_SHARE = 1 / 4;

function probesConnections(): number {
  return Math.min(PROBES_CONNECTIONS, Math.floor(maxOpenConnections() * PROBES_SHARE));
}

/** Serves probes on `METRICS_PORT`, from before the store is opened until after it is closed. */
async function listenForProbes(
  { metricsPort: port, host }: Config,
  { log, health, metrics }: ServerParts,
): Promise<Listening | undefined> {
  if (port === undefined) return undefined;
  const memory = new MemoryBudget(PROBES_MEMORY_MB * MIB);
  const maxConnections = probesConnections();
  const options = { port, host, portHint: 'METRICS_PORT=9465', log, maxConnections, memory };
  return listen(createProbesApp(health, metrics, log), options);
}

export interface ServerAppOptions extends Pick<AppOptions, 'corsOrigins' | 'trustProxy'> {
  log: Logger;
  /** The time in milliseconds from which on a request is logged as slow; 0 or undefined for never. */
  slowRequestMs?: number;
  /** The maximum of requests a minute for each API key; 0 or undefined for no limit. */
  rateLimitPerMinute?: number;
  /** The maximum of failed logins a minute from each address; 0 or undefined for no limit. */
  failedLoginsPerMinute?: number;
  /** The health of the server. Default: a new one in the phase `serving`. */
  health?: Health;
  /** The metrics. Default: new ones, without those of the process. */
  metrics?: Metrics;
  /** Called when a client is authenticated by its API key. Not called for requests that use a cached authentication. */
  onKeyUse?: (principal: Principal) => void;
  /** Whether probes and metrics are on the port of the API. Default: true. */
  hasProbes?: boolean;
  /** The budget for client memory. Default: that of the process. */
  memory?: MemoryBudget;
}

/** Creates the edge in front of the real handlers on this store. */
export function createServerApp(store: Store, options: ServerAppOptions): ReturnType<typeof createApp> {
  const {
    log,
    corsOrigins,
    trustProxy,
    slowRequestMs = 0,
    rateLimitPerMinute = 0,
    failedLoginsPerMinute = 0,
    hasProbes = true,
  } = options;
  const health = options.health ?? createHealth({ check: () => store.check(), log, phase: 'serving' });
  const metrics =
    options.metrics ??
    createMetrics({
      isReady: async () => (await health.findNotReadyReason()) === undefined,
      countConnections: () => store.countConnections?.(),
      findClockSkewMs: () => store.findClockSkewMs?.(),
    });
  const limit = limitRequests({
    perMinute: rateLimitPerMinute,
    createCounter: (settings) => createSharedCounter(store, settings),
    onRejected: () => metrics.countLimited('requests'),
  });
  return createApp(createHandlers(store), {
    log,
    toApiError: (error) => {
      if (error instanceof StoreUnavailableError) metrics.countStoreError(error);
      return toApiError(error);
    },
    ...(corsOrigins && { corsOrigins }),
    ...(trustProxy !== undefined && { trustProxy }),
    ...(slowRequestMs > 0 && { slowRequestMs }),
    authenticate: limitFailedLogins(authenticateBy(store, options.onKeyUse), {
      perMinute: failedLoginsPerMinute,
      onRejected: () => metrics.countLimited('logins'),
      onBlocked: (address) => log.warn({ address }, BLOCKED),
    }),
    authenticationCacheMs: AUTHENTICATION_CACHE_MS,
    ...(limit && { limit }),
    ...(options.memory && { memory: options.memory }),
    middleware: outsideApi(Router().use(...(hasProbes ? [serveProbes(health, metrics)] : []), serveReference())),
    observeStart: metrics.observeStart,
    observe: metrics.observe,
    observeResponse: metrics.observeResponse,
  });
}

/** A fiftieth of the time within which a revocation must take effect. */
const AUTHENTICATION_CACHE_MS = 100;

const BLOCKED =
  'too many failed logins: for a minute this address is rejected, except for clients that have logged in from there. ' +
  'If it is your proxy, set TRUST_PROXY';

/** Skips a router for requests to the API, for which it has no routes. */
function outsideApi(router: RequestHandler): RequestHandler {
  return (request, response, next) => {
    if (request.url.startsWith(`${basePath}/`)) next();
    else router(request, response, next);
  };
}

function toApiError(error: unknown): ApiError | undefined {
  if (!(error instanceof StoreUnavailableError)) return undefined;
  return unavailable({ cause: error });
}

/** Prepares the demo data. @throws StartupError when other machines could use the demo credentials */
async function prepareDemo(store: Store, { host }: Config): Promise<void> {
  const hasDemo = (await store.isEmpty()) || (await hasDemoKey(store));
  if (hasDemo && (await isReachable(host)))
    throw new StartupError(
      `HOST=${host} can be reached by other machines, but the demo credentials of this database are public. Set ` +
        'NODE_ENV=production and create a key, or use HOST=127.0.0.1.',
    );
  await seedDemo(store);
}

function describeEmpty(config: Config): string {
  return (
    `${describeStore(config)} has no accounts, so every request gets 401: is it the right database? ` +
    '`keys create --create-account` creates an account with its first key'
  );
}

async function rejectDemoKey(store: Store, config: Config): Promise<void> {
  if (!(await hasDemoKey(store))) return;
  throw new StartupError(
    `${describeStore(config)} accepts the demo credentials ${DEMO_KEY.clientId}:${DEMO_KEY.secret}, ` +
      'which are public. Revoke that key, or set DATABASE_PATH to another file.',
  );
}
