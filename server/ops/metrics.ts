// What a Prometheus server may scrape. Every label takes its values from a fixed list, so that no client can make the number of series grow.
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { Handlers } from '../../generated/operations.ts';
import type { Context } from '../edge/app.ts';
import type { Exchange } from '../edge/exchange.ts';

export interface Metrics {
  /** The text of all metrics, and its media type. */
  expose(): Promise<{ text: string; contentType: string }>;
  /** Counts a request that is over. */
  observe(exchange: Exchange): void;
  /** Counts a request that a limit turned away. */
  countLimited(limit: 'requests' | 'log-ins'): void;
  /** The same handlers, with what they create and replay counted, whether or not the client waits for the answer. */
  countOutcomes(handlers: Handlers<Context>): Handlers<Context>;
}

export interface MetricsOptions {
  /** Also measure the process: memory, CPU, garbage collection, event-loop lag. Once in a process, for each time costs a timer. */
  process?: boolean;
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
    help: 'Requests by operationId (or none), method (or other) and status (or none: the client went away before its answer).',
    labelNames: ['route', 'method', 'status'],
    buckets: DURATIONS,
    registers,
  });
  const created = new Counter({
    name: 'organizations_created_total',
    help: 'Organizations that were created.',
    registers,
  });
  const replayed = new Counter({
    name: 'organizations_replayed_total',
    help: 'Creates that were answered with an earlier answer, for their idempotency key.',
    registers,
  });
  const limited = new Counter({
    name: 'requests_limited_total',
    help: 'Requests that a limit turned away: of requests for each key, or of failed log-ins for each address.',
    labelNames: ['limit'],
    registers,
  });
  for (const limit of ['requests', 'log-ins']) limited.inc({ limit }, 0);

  return {
    expose: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
    observe: ({ operationId, method, status, durationMs }) =>
      durations.observe(
        { route: operationId ?? 'none', method: METHODS.has(method) ? method : 'other', status: status ?? 'none' },
        durationMs / 1000,
      ),
    countLimited: (limit) => limited.inc({ limit }),
    countOutcomes: (handlers) => ({
      ...handlers,
      async createCustomerOrganization(request, context) {
        const answer = await handlers.createCustomerOrganization(request, context);
        if (answer.status === 201) (answer.headers?.['Idempotency-Replayed'] ? replayed : created).inc();
        return answer;
      },
    }),
  };
}
