// One request and its answer, from the first byte to the last: its ID, its line in the log, what is measured of it.
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { RequestHandler, Response } from 'express';
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

/** What is told when the request is over, filled in as it becomes known. */
export interface Locals {
  principal?: { account: string; clientId: string };
  operationId?: Route['operationId'];
  /** Comes every few seconds from a machine, and would drown the rest of the log. */
  isProbe?: true;
}

export type EdgeResponse = Response<unknown, Locals>;

export const NEWEST: ApiVersion = apiVersions[apiVersions.length - 1] ?? apiVersions[0];

/** Names the request, answers for its version until another is chosen, and logs one line when it is over. */
export function openRequest(log: Logger, observe?: (exchange: Exchange) => void): RequestHandler {
  return (request, response: EdgeResponse, next) => {
    const startedMs = performance.now();
    // Requests are never sorted by their ID, and Node has random ones in store: they cost a tenth of those that tell the time.
    const requestId = randomUUID();
    // A target may come with scheme and host (RFC 9112, section 3.2.2); what is served does not depend on them.
    if (!request.url.startsWith('/')) request.url = request.url.replace(/^https?:\/\/[^/?]*/i, '') || '/';
    response.setHeader('X-Request-Id', requestId);
    response.setHeader('Sequence-Version', NEWEST);
    response.on('close', () => {
      const { principal, operationId, isProbe } = response.locals;
      const durationMs = Math.round((performance.now() - startedMs) * 100) / 100;
      const status = response.headersSent ? response.statusCode : undefined;
      observe?.({ operationId, method: request.method, status, durationMs });
      const line = {
        requestId,
        method: request.method,
        path: request.path.slice(0, 200),
        status: status ?? null,
        durationMs,
        ...(principal && { account: principal.account, clientId: principal.clientId }),
        ...(!response.writableFinished && { cutOff: true }),
      };
      if (isProbe) log.debug(line, 'request');
      else log.info(line, 'request');
    });
    next();
  };
}
