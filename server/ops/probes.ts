// `/livez`, `/readyz` and `/metrics`, for operators of the server, outside the contract and its base path. A proxy
// should forward `/api` only.
import express, { type Express, type RequestHandler, type Response } from 'express';
import type { Logger } from 'pino';
import { exchangeOf, noteReadOnly } from '../edge/exchange/exchange.ts';
import { bundledVersions } from '../edge/exchange/live-versions.ts';
import { rejectWithoutRoute } from '../edge/no-route.ts';
import { openExchange } from '../edge/open-exchange.ts';
import { createToClientError, writeError } from '../edge/write-error.ts';
import type { Health } from './health.ts';
import type { Metrics } from './metrics.ts';

/** Creates middleware that responds to GET and HEAD on these three paths, and passes everything else on. */
export function serveProbes(health: Health, metrics: Metrics): RequestHandler {
  const probes = new Map<string, (response: Response) => Promise<unknown>>([
    ['/livez', async (response) => response.json({ status: 'alive' })],
    [
      '/readyz',
      async (response) => {
        const reason = await health.findNotReadyReason();
        if (reason) response.status(503).json({ status: 'not ready', reason });
        else response.json({ status: 'ready' });
      },
    ],
    [
      '/metrics',
      async (response) => {
        const { text, contentType } = await metrics.expose();
        response.setHeader('Content-Type', contentType);
        response.end(text);
      },
    ],
  ]);
  return async (request, response, next) => {
    const probe = probes.get(request.path);
    if (!probe) return next();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      noteReadOnly(response);
      return next();
    }
    const exchange = exchangeOf(response);
    exchange.isProbe = true;
    exchange.resource = request.path.slice(1);
    response.setHeader('Cache-Control', 'no-store');
    await probe(response);
  };
}

/** Creates an app with only the probes and metrics, for a port of their own. */
export function createProbesApp(health: Health, metrics: Metrics, log: Logger): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  const { observeStart, observe } = metrics;
  app.use(
    openExchange({ log, observeStart, observe, slowRequestMs: Number.POSITIVE_INFINITY, versions: bundledVersions }),
  );
  app.use(serveProbes(health, metrics));
  app.use(rejectWithoutRoute);
  app.use(writeError(createToClientError(log)));
  return app;
}
