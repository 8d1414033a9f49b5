// What a Prometheus server may scrape. Every label takes its values from a fixed list, so that no client can make the
// number of series grow.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type MemoryBudget, processMemory } from '../edge/memory/memory-budget.ts';
import type { AppOptions } from '../edge/options.ts';

export interface Metrics extends Required<Pick<AppOptions, 'observe' | 'observeResponse'>> {
  /** The text of all metrics, and its media type. */
  expose(): Promise<{ text: string; contentType: string }>;
  /** Counts a request that a limit refused. */
  countLimited(limit: 'requests' | 'logins'): void;
}

export interface MetricsOptions {
  /**
   * Also measure the process: memory, CPU, garbage collection, event-loop lag. Once in a process, for each time costs a
   * timer.
   */
  process?: boolean;
  /** What is held on behalf of clients. Default: that of the process. */
  memory?: MemoryBudget;
}

/** RFC 9110, section 9.1, and RFC 5789. HTTP lets a client name any other. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);

/** In seconds: a create takes single milliseconds, a wait for a lock up to two seconds. */
const DURATIONS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Metrics in a registry of their own. */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (options.process) collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Requests by operationId or none, method or other, and status or none (the client left before its response).',
    labelNames: ['route', 'method', 'status'],
    buckets: DURATIONS,
    registers,
  });
  const responses = new Counter({
    name: 'handler_responses_total',
    help: 'Responses of handlers, whether or not the client was still there. Replayed: for its idempotency key.',
    labelNames: ['route', 'status', 'replayed'],
    registers,
  });
  const limited = new Counter({
    name: 'requests_limited_total',
    help: 'Requests that a limit refused: of requests for each key, or of failed logins for each address.',
    labelNames: ['limit'],
    registers,
  });
  for (const limit of ['requests', 'logins']) limited.inc({ limit }, 0);
  measureMemory(options.memory ?? processMemory, registers);

  const render = oncePerTick(() => registry.metrics());
  return {
    expose: async () => ({ text: await render(), contentType: registry.contentType }),
    observe: ({ operationId, method, status, durationMs }) =>
      durations.observe(
        { route: operationId ?? 'none', method: METHODS.has(method) ? method : 'other', status: status ?? 'none' },
        durationMs / 1000,
      ),
    observeResponse: (operationId, { status, headers }) =>
      responses.inc({ route: operationId, status, replayed: String(headers?.['Idempotency-Replayed'] !== undefined) }),
    countLimited: (limit) => limited.inc({ limit }),
  };
}

/**
 * Calls it at the end of the tick, once for all who ask in this tick: it takes a millisecond, and anybody may ask.
 * Whoever asks gets a result that is newer than the question.
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

function measureMemory(memory: MemoryBudget, registers: Registry[]): void {
  const measure = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  measure(
    'client_memory_bytes',
    'Held for clients: connections, requests, bodies, unread responses.',
    () => memory.held,
  );
  measure('client_memory_limit_bytes', 'CLIENT_MEMORY_MB in bytes.', () => memory.limit);
  for (const [name, help, read] of [
    [
      'client_memory_refused_total',
      'Bodies that were refused because there was no room for them.',
      () => memory.refused,
    ],
    ['client_memory_reclaimed_total', 'Connections and bodies that made room for others.', () => memory.reclaimed],
  ] as const)
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
}
