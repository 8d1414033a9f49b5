// `/livez`, `/readyz` and `/metrics`: for those who run the server, outside the contract and its base path. Whatever stands in front of the server should pass on `/api` only.
import type { RequestHandler, Response } from 'express';
import { exchangeOf } from '../edge/exchange.ts';
import type { Health } from './health.ts';
import type { Metrics } from './metrics.ts';

/** Answers these three paths to GET and HEAD, and passes on everything else. */
export function serveOperations(health: Health, metrics: Metrics): RequestHandler {
  const routes: Record<string, (response: Response) => Promise<void>> = {
    '/livez': async (response) => {
      response.json({ status: 'alive' });
    },
    '/readyz': async (response) => {
      const obstacle = await health.findObstacle();
      response
        .status(obstacle ? 503 : 200)
        .json(obstacle ? { status: 'not ready', because: obstacle } : { status: 'ready' });
    },
    '/metrics': async (response) => {
      const { text, contentType } = await metrics.expose();
      response.setHeader('Content-Type', contentType);
      response.end(text);
    },
  };
  return async (request, response, next) => {
    const route = Object.hasOwn(routes, request.path) ? routes[request.path] : undefined;
    if (!route || !(request.method === 'GET' || request.method === 'HEAD')) return next();
    exchangeOf(response).isProbe = true;
    response.setHeader('Cache-Control', 'no-store');
    await route(response);
  };
}
