// `/livez`, `/readyz` and `/metrics`: for those who run the server, outside the contract and its base path. A proxy
// should forward `/api` only.
import type { RequestHandler, Response } from 'express';
import { exchangeOf } from '../edge/exchange.ts';
import type { Health } from './health.ts';
import type { Metrics } from './metrics.ts';

/** Middleware that responds to GET and HEAD on these three paths, and passes everything else on. */
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
    if (!probe || !(request.method === 'GET' || request.method === 'HEAD')) return next();
    exchangeOf(response).isProbe = true;
    response.setHeader('Cache-Control', 'no-store');
    await probe(response);
  };
}
