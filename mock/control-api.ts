// The controls of the mock over HTTP, under `/_mock`: control.openapi.yaml describes them.
import { readFile } from 'node:fs/promises';
import express, { type ErrorRequestHandler, type Request, type Response, Router } from 'express';
import type { MockControls } from './core/mock-controls.ts';
import type { NextRequest } from './core/scenario-queue.ts';

const DESCRIPTION = new URL('./control.openapi.yaml', import.meta.url);

/** IPv4 loopback addresses are 127.0.0.0/8 (RFC 1122, section 3.2.1.3). */
const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/;

/** A router for the path `/_mock`. Without `isOpen`, only clients on the same machine may use it. */
export function createControlApi(controls: MockControls, { isOpen }: { isOpen: boolean }): Router {
  const router = Router({ strict: true, caseSensitive: true });
  router.use((request, response, next) => {
    if (isOpen || LOOPBACK.test(request.socket.remoteAddress ?? '')) return next();
    refuse(response, 403, 'Forbidden', FORBIDDEN);
  });
  router.post('/next', express.json({ type: () => true, strict: false }), (request, response) => {
    // It is validated there: the type is for callers in TypeScript.
    controls.next(request.body as NextRequest<never>);
    response.status(204).end();
  });
  router.get('/requests', (_request, response) => void response.json(controls.requests));
  router.delete('/', reset);
  router.get('/openapi.yaml', async (_request, response) => {
    response.type('application/yaml').send(await readFile(DESCRIPTION, 'utf8'));
  });
  router.use((request: Request, response: Response) => {
    refuse(response, 404, 'NotFound', `There is no ${request.method} ${request.originalUrl}. ${KNOWN}`);
  });
  router.use(explain);
  return router;

  function reset(_request: Request, response: Response): void {
    // What is reset may be a connection of a test that waits for this response.
    controls.reset();
    response.status(204).end();
  }
}

const FORBIDDEN = 'The mock is controlled from its own machine only, unless it runs with --open-control.';
const KNOWN = 'There are: POST /_mock/next, GET /_mock/requests, DELETE /_mock, GET /_mock/openapi.yaml.';

/** A body that is not JSON, or asks for what there is not. */
const explain: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (error instanceof TypeError || (error instanceof Error && 'status' in error && Number(error.status) < 500))
    return refuse(response, 400, 'InvalidRequest', error.message);
  next(error);
};

function refuse(response: Response, status: number, type: string, message: string): void {
  response.status(status).json({ error: { type, message } });
}
