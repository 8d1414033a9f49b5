// Connects the mock's state to HTTP: records each request with its response, and reads its preferences.
import type { Request, RequestHandler, Response } from 'express';
import { freeMemory } from '../server/edge/body/large-buffer.ts';
import { type Exchange, exchangeOf } from '../server/edge/exchange/exchange.ts';
import { memoryOf } from '../server/edge/memory/request-memory.ts';
import type { Journal } from './core/journal/journal.ts';
import type { JournalEntry } from './core/journal/journal-entry.ts';
import type { MockState } from './core/mock-state.ts';
import { takePreferences } from './core/preferences.ts';
import type { MockRequest } from './handlers.ts';

/** Returns the journal entry of the request that a response belongs to. */
function entryOf(response: Response): JournalEntry | undefined {
  return response.locals.recorded;
}

/** Creates middleware that records each request and its response, and ends pending ones when the mock is reset. */
export function recordRequests(state: MockState): RequestHandler {
  // Otherwise V8 collects all garbage after every few large bodies, which costs a third of what rejecting them does.
  state.journal.onBodyDropped = freeMemory;
  // Shared by all responses: a closure for each would keep its request in memory for longer.
  function onClose(this: Response): void {
    this.locals.forget?.();
    complete(state.journal, this, null);
  }
  function onWritten({ response }: Exchange): void {
    response.locals.forget?.();
    complete(state.journal, response, responseOf(response));
  }
  return (request, response, next) => {
    // Copied, because the edge changes some of the headers.
    response.locals.recorded = state.journal.begin(request.method, request.originalUrl, { ...request.headers });
    const { socket } = request;
    response.locals.forget = state.onRelease(() => {
      // A response that is already being sent is no longer pending.
      if (!response.writableEnded) socket.resetAndDestroy();
    });
    exchangeOf(response).onWritten = onWritten;
    response.on('close', onClose);
    next();
  };
}

/** Records the request and its response. Only the first call has an effect. */
function complete(journal: Journal, response: Response, sent: ReturnType<typeof responseOf> | null): void {
  const entry = entryOf(response);
  if (!entry || entry.isComplete) return;
  const body = bodyOf(response);
  const weight =
    (body === undefined ? 0 : exchangeOf(response).bodyBytes) + Number(response.getHeader('content-length') ?? 0);
  journal.complete(entry, body, sent, weight);
}

/**
 * Calls `next` after a duration, unless the connection closes first. A client that half-closes its connection meanwhile
 * may still read, so it gets the response; but most such clients have given up, so none is recorded.
 */
export function waitInRecord(journal: Journal, response: Response, ms: number, next: () => void): void {
  const { socket } = response.req;
  const timer = setTimeout(() => {
    if (socket.readableEnded) complete(journal, response, null);
    next();
  }, ms);
  response.once('close', () => clearTimeout(timer));
}

/** Creates what handlers need from a request. Removes the preferences from its URL. */
export function toMockRequest(journal: Journal, request: Request): MockRequest {
  const { url, preferences } = takePreferences(request.url, request.headers.prefer?.toString());
  request.url = url;
  const { socket, res: response } = request;
  return {
    preferences,
    disconnect: () => void socket.resetAndDestroy(),
    isClosed: () => socket.destroyed,
    delay: (ms) =>
      new Promise((settle) => {
        if (!response) return settle();
        const entry = entryOf(response);
        if (entry) journal.wait(entry, bodyOf(response));
        exchangeOf(response).endProcessing();
        waitInRecord(journal, response, ms, settle);
      }),
    hang() {
      if (response) {
        complete(journal, response, null);
        dropBody(response);
        exchangeOf(response).endProcessing();
        closeAtEnd(response);
      }
      return new Promise(() => {});
    },
  };
}

/** Frees the body of a request that gets no response. */
function dropBody(response: Response): void {
  exchangeOf(response).dropBody();
  const memory = memoryOf(response.req, response);
  memory.release(memory.bytes);
}

/** Closes the connection of a request that gets no response when its client closes it, or one direction of it. */
function closeAtEnd(response: Response): void {
  const { socket } = response.req;
  const close = () => {
    if (socket.readableEnded) socket.destroy();
    else socket.once('end', () => socket.destroy());
  };
  if (response.socket) close();
  // The responses to earlier requests are sent first.
  else response.once('socket', close);
}

function bodyOf(response: Response): Buffer | undefined {
  return exchangeOf(response).receivedBody;
}

function responseOf(response: Response) {
  const { body } = exchangeOf(response).result;
  return { status: response.statusCode, headers: response.getHeaders(), body };
}
