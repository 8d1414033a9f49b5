// Lets the mock's state see what arrives over HTTP: each request with its response, and its preferences.
import type { IncomingMessage } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import { exchangeOf } from '../server/edge/exchange.ts';
import { type Journal, type JournalEntry, JsonBody } from './core/journal.ts';
import { takePreferences } from './core/preferences.ts';
import type { MockRequest } from './handlers.ts';

/** The entry of a request, by its response. */
function entryOf(response: Response): JournalEntry | undefined {
  return response.locals.recorded;
}

/** Middleware that records each request and its response. */
export function recordRequests(journal: Journal): RequestHandler {
  // One function for all responses: a closure for each would keep its request in memory for longer.
  function onEnd(this: Response): void {
    const entry = entryOf(this);
    if (!entry || entry.isComplete) return;
    const body = bodyOf(this);
    const weight = weightOf(this.req, body) + Number(this.getHeader('content-length') ?? 0);
    journal.complete(entry, body, this.headersSent ? responseOf(this) : null, weight);
  }
  return (request, response, next) => {
    // The edge changes some of them.
    response.locals.recorded = journal.begin(request.method, request.originalUrl, { ...request.headers });
    response.on('finish', onEnd).on('close', onEnd);
    next();
  };
}

/** What the handlers need of a request. Takes the preferences out of its URL. */
export function toMockRequest(journal: Journal, request: Request): MockRequest {
  const { url, preferences } = takePreferences(request.url, request.headers.prefer?.toString());
  request.url = url;
  const { socket } = request;
  return {
    preferences,
    disconnect: () => void socket.resetAndDestroy(),
    hang(onRelease) {
      const { res } = request;
      const entry = res && entryOf(res);
      const body = res && bodyOf(res);
      if (entry) journal.complete(entry, body, null, weightOf(request, body));
      const forget = onRelease(() => socket.resetAndDestroy());
      res?.once('close', forget);
      return new Promise(() => {});
    },
  };
}

function bodyOf(response: Response): unknown {
  const { largeBody, parts } = exchangeOf(response);
  return largeBody ? new JsonBody(largeBody) : parts.body;
}

function responseOf(response: Response) {
  const { body } = exchangeOf(response).result;
  return { status: response.statusCode, headers: response.getHeaders(), body };
}

/** Characters of a body. */
function weightOf({ headers }: IncomingMessage, body: unknown): number {
  if (body === undefined) return 0;
  if (body instanceof JsonBody) return body.length;
  const isAsSent = headers['content-length'] !== undefined && headers['content-encoding'] === undefined;
  return isAsSent ? Number(headers['content-length']) : JSON.stringify(body).length;
}
