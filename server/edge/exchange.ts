// One request and its answer, from the first byte to the last: its ID, its line in the log, what is measured of it.
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { type ApiVersion, apiVersions, type Route } from '../../generated/operations.ts';

/** What is told of a request when it is over. */
export interface Exchange {
  /** Undefined when it reached no operation. */
  operationId: Route['operationId'] | undefined;
  /** In upper case. */
  method: string;
  /** Undefined when no answer was begun before the connection was gone. */
  status: number | undefined;
  /** From the header of the request to the end of its answer. */
  durationMs: number;
}

/** What is known of a request and its answer, filled in as it becomes known. */
export interface Locals {
  /** On the clock of `performance.now()`. */
  startedMs: number;
  requestId: string;
  /** That of the answer. */
  version: ApiVersion;
  principal: { account: string; clientId: string } | undefined;
  operationId: Route['operationId'] | undefined;
  /** Comes every few seconds from a machine, and would drown the rest of the log. */
  isProbe: boolean;
}

export type EdgeResponse = Response<unknown, Locals>;
export type EdgeHandler = RequestHandler<Request['params'], unknown, unknown, Request['query'], Locals>;
export type EdgeErrorHandler = ErrorRequestHandler<Request['params'], unknown, unknown, Request['query'], Locals>;

export const NEWEST: ApiVersion = apiVersions[apiVersions.length - 1] ?? apiVersions[0];

/** Names the request, answers for its version until another is chosen, and logs one line when it is over. */
export function openRequest(log: Logger, observe?: (exchange: Exchange) => void): EdgeHandler {
  function tell(this: EdgeResponse): void {
    const { req: request, locals } = this;
    const { principal, operationId } = locals;
    const durationMs = Math.round((performance.now() - locals.startedMs) * 100) / 100;
    const status = this.headersSent ? this.statusCode : undefined;
    observe?.({ operationId, method: request.method, status, durationMs });
    // What is undefined is not in the line.
    const line = {
      requestId: locals.requestId,
      method: request.method,
      path: request.path.slice(0, 200),
      status: status ?? null,
      durationMs,
      account: principal?.account,
      clientId: principal?.clientId,
      cutOff: this.writableFinished ? undefined : true,
    };
    if (locals.isProbe) log.debug(line, 'request');
    else log.info(line, 'request');
  }
  return (request, response: EdgeResponse, next) => {
    // A target may come with scheme and host (RFC 9112, section 3.2.2); what is served does not depend on them.
    if (!request.url.startsWith('/')) request.url = request.url.replace(/^https?:\/\/[^/?]*/i, '') || '/';
    response.locals = {
      // An app that this one is mounted in may have noted something there.
      ...response.locals,
      startedMs: performance.now(),
      // Requests are never sorted by their ID, and Node has random ones in store: they cost a tenth of those that tell the time.
      requestId: randomUUID(),
      version: NEWEST,
      principal: undefined,
      operationId: undefined,
      isProbe: false,
    };
    response.on('close', tell);
    next();
  };
}
