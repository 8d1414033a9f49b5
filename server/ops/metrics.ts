// The metrics for Prometheus. Every label takes its values from a fixed list, so that no client can increase the number
// of series.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type MemoryBudget, processMemory } from '../edge/memory/memory-budget.ts';
import type { AppOptions } from '../edge/options.ts';
import type { ConnectionCount } from '../store/store.ts';
import { STORE_ERROR_KINDS, StoreUnavailableError } from '../store/store-errors.ts';
import { measure } from './measure.ts';
import { measureMemory } from './memory-metrics.ts';

export interface Metrics extends Required<Pick<AppOptions, 'observeStart' | 'observe' | 'observeResponse'>> {
  /** Returns the text of all metrics and its media type. */
  expose(): Promise<{ text: string; contentType: string }>;
  /** Counts a request that a limit rejected. */
  countLimited(limit: 'requests' | 'logins'): void;
  /** Counts an error of the store. */
  countStoreError(error: unknown): void;
  /** Measures a group of writes that became durable together. */
  onCommit(size: number, durationMs: number): void;
  /** Notes that all expired idempotency keys were deleted. */
  onPurged(total: number): void;
}

export interface MetricsOptions {
  /**
   * Whether to measure the process too: memory, CPU, garbage collection, event-loop lag. To be set once in a process,
   * because each use costs a timer.
   */
  process?: boolean;
  /** The budget for client memory. Default: that of the process. */
  memory?: MemoryBudget;
  /** Returns whether the server is ready. Default: it always is. */
  isReady?: () => Promise<boolean>;
  /** Counts the connections to the database. Default: there are none. */
  countConnections?: () => ConnectionCount | undefined;
  /**
   * Returns how far the clock of this host is ahead of that of the database, in milliseconds. Default: not measured.
   */
  findClockSkewMs?: () => number | undefined;
  /** The versions of this package and of its contract. */
  build?: { version: string; contract: string };
}

/** The methods of RFC 9110, section 9.1, and RFC 5789. Clients may send any other method. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);

/** The buckets for durations in seconds: a create takes a few milliseconds, a wait for a lock up to two seconds. */
const DURATIONS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The buckets for commits in seconds: a flush to the disk takes 0.1 to 100 ms. */
const COMMIT_DURATIONS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** The buckets for the size of a group, which has at most 256 writes. */
const COMMIT_SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** Gauges with names in `_total`, which is for counters. `nodejs_active_resources` has the same numbers by type. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Creates metrics in a registry of their own. */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (options.process) {
    collectDefaultMetrics({ register: registry });
    for (const name of MISNAMED) registry.removeSingleMetric(name);
  }
  const requests = createRequestMetrics(registers);
  const store = createStoreMetrics(registers, options.countConnections);
  measure(
    'store_clock_skew_seconds',
    'PostgreSQL: how far the clock of this host was ahead of the clock of the database at the last check, at least; ' +
      'negative: behind.',
    () => (options.findClockSkewMs?.() ?? 0) / 1000,
    registers,
  );
  measureMemory(options.memory ?? processMemory, registers);
  describeServer(registers, options);

  const render = oncePerTick(() => registry.metrics());
  return {
    expose: async () => ({ text: await render(), contentType: registry.contentType }),
    ...requests,
    ...store,
  };
}

function createRequestMetrics(registers: Registry[]) {
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help:
      'Requests by route (operationId; livez, readyz, metrics or reference; none: no route matches), ' +
      'method or other, ' +
      'and status or none (the client left before its response).',
    labelNames: ['route', 'method', 'status'],
    buckets: DURATIONS,
    registers,
  });
  let inFlight = 0;
  measure('http_requests_in_flight', 'Requests that have begun and not ended.', () => inFlight, registers);
  const countVersion = createVersionCounter(registers);
  const responses = new Counter({
    name: 'handler_responses_total',
    help: 'Responses of handlers, whether or not the client was still there. Replayed: for its idempotency key.',
    labelNames: ['route', 'status', 'replayed'],
    registers,
  });
  const limited = new Counter({
    name: 'requests_limited_total',
    help: 'Requests rejected by a rate limit: `requests` (per client ID) or `logins` (failed logins per address).',
    labelNames: ['limit'],
    registers,
  });
  for (const limit of ['requests', 'logins']) limited.inc({ limit }, 0);
  return {
    observeStart: () => {
      inFlight++;
    },
    observe: ({ operationId, resource, apiVersion, method, status, durationMs }) => {
      inFlight--;
      const route = operationId ?? resource ?? 'none';
      const labels = { route, method: METHODS.has(method) ? method : 'other', status: status ?? 'none' };
      durations.observe(labels, durationMs / 1000);
      if (apiVersion !== undefined) countVersion(route, apiVersion);
    },
    observeResponse: (operationId, { status, headers }) =>
      responses.inc({ route: operationId, status, replayed: String(headers?.['Idempotency-Replayed'] !== undefined) }),
    countLimited: (limit) => limited.inc({ limit }),
  } satisfies Partial<Metrics>;
}

/** Counts in a map, and labels the counts at the scrape, because labels cost more than counting. */
function createVersionCounter(registers: Registry[]): (route: string, version: string) => void {
  const counts = new Map<string, { labels: { route: string; version: string }; count: number }>();
  new Counter({
    name: 'api_requests_total',
    help: 'Requests of authenticated clients by operation (none: no route matches) and version of the API.',
    labelNames: ['route', 'version'],
    registers,
    collect() {
      this.reset();
      for (const { labels, count } of counts.values()) this.inc(labels, count);
    },
  });
  return (route, version) => {
    const key = `${route} ${version}`;
    const known = counts.get(key);
    if (known) known.count++;
    else counts.set(key, { labels: { route, version }, count: 1 });
  };
}

function createStoreMetrics(registers: Registry[], countConnections: MetricsOptions['countConnections']) {
  const errors = new Counter({
    name: 'store_errors_total',
    help: 'Calls of the store that failed, by what made it unavailable; other: none of these, or a defect.',
    labelNames: ['kind'],
    registers,
  });
  for (const kind of STORE_ERROR_KINDS) errors.inc({ kind }, 0);
  const durations = new Histogram({
    name: 'store_commit_duration_seconds',
    help: 'Time until writes were durable; on PostgreSQL with the wait for a connection.',
    buckets: COMMIT_DURATIONS,
    registers,
  });
  const sizes = new Histogram({
    name: 'store_commit_size',
    help: 'Writes that became durable together.',
    buckets: COMMIT_SIZES,
    registers,
  });
  const connections = new Gauge({
    name: 'store_connections',
    help: 'Connections to PostgreSQL that are used or idle, calls that wait for one, and the limit of the first two.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const [state, count] of Object.entries(countConnections?.() ?? {})) connections.set({ state }, count);
    },
  });
  const purged = new Counter({
    name: 'idempotency_keys_purged_total',
    help: 'Expired idempotency keys that were deleted.',
    registers,
  });
  const lastPurge = new Gauge({
    name: 'idempotency_keys_last_purge_timestamp_seconds',
    help: 'Time of the last complete purge of expired idempotency keys; 0 if there was none since the start.',
    registers,
  });
  return {
    countStoreError: (error) => errors.inc({ kind: error instanceof StoreUnavailableError ? error.kind : 'other' }),
    onCommit: (size, durationMs) => {
      durations.observe(durationMs / 1000);
      sizes.observe(size);
    },
    onPurged: (total) => {
      purged.inc(total);
      lastPurge.setToCurrentTime();
    },
  } satisfies Partial<Metrics>;
}

function describeServer(registers: Registry[], { isReady, build }: MetricsOptions): void {
  const ready = 'Whether the server is ready: 1, or 0 while it starts or shuts down, or its store cannot write.';
  measure('server_ready', ready, async () => Number((await isReady?.()) ?? true), registers);
  const { version = 'unknown', contract = 'unknown' } = build ?? {};
  new Gauge({
    name: 'server_build_info',
    help: 'Always 1; the labels are the versions of the package, its contract and Node.',
    labelNames: ['version', 'contract', 'node'],
    registers,
  }).set({ version, contract, node: process.version }, 1);
}

/**
 * Returns a function that calls `call` at the end of the tick, once for all callers in this tick, because a call takes
 * a millisecond and anybody may request it. Every caller gets a result that is newer than its request.
 */
function oncePerTick<T>(call: () => Promise<T>): () => Promise<T> {
  let next: Promise<T> | undefined;
  const callAtEnd = async () => {
    await new Promise(setImmediate);
    next = undefined;
    return call();
  };
  return () => (next ??= callAtEnd());
}
