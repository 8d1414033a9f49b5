// One request and its response, with everything that the steps find out about them.
import { performance } from 'node:perf_hooks';
import type { Request, Response } from 'express';
import type { BodyClass, SentBody } from '../body/read-body.ts';
import type { ExchangeSummary, HandlerResponse, LogFields, Principal } from '../options.ts';
import type { RequestParts } from '../request-parts.ts';
import type { Correlation } from './correlation.ts';
import type { LiveVersions } from './live-versions.ts';
import { noteClient } from './socket-clients.ts';

/**
 * A step of a request on its way to the handler, or of its response on the way back. An error that it throws ends the
 * exchange.
 */
export type Step = (exchange: Exchange) => Promise<void> | void;

/** One request and its response. Every step adds what it found out. */
export class Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly startedMs: number = performance.now();
  /** The path of the request. Routers in middleware remove their mount path from `request.path`. */
  readonly path: string;
  /** The request ID, as in the response. */
  readonly requestId: string;
  /** The trace ID of the request header `traceparent`, if any. */
  readonly traceId: string | undefined;
  /** The operation; undefined until one has been found. */
  operationId: string | undefined;
  /** The result of `options.prepare`. */
  extra: unknown;
  /**
   * The parts of the request that the contract describes. Validation converts parameters and fills in defaults in
   * place.
   */
  readonly parts: RequestParts;
  /** Whether this is a probe, sent every few seconds by a machine, which is logged at the level `debug`. */
  isProbe = false;
  /** Whether middleware serves the path, with GET and HEAD only. */
  isReadOnly = false;
  /** The resource that was served instead of an operation, from a fixed list, for metrics. */
  resource: string | undefined;
  /** The client address according to `trustProxy`; undefined until the credentials are checked. */
  address: string | undefined;
  /** The client ID in the credentials that were checked, valid or not; undefined if their result was cached. */
  attemptedClientId: string | undefined;
  /** The time in milliseconds from the start until the body had arrived. */
  receivedMs: number | undefined;
  /** The body as it was sent, until it is parsed. */
  sentBody: SentBody | undefined;
  /** The size of the decoded body. */
  bodyBytes = 0;
  /** The decoded body, for `onWritten`. */
  receivedBody: Buffer | undefined;
  /** The class of the body. A medium or large one takes milliseconds: it waits for its turn and gives way to others. */
  bodyClass: BodyClass = 'small';
  /** Ends the turn of a large body, or the count of a small request. */
  onProcessed: (() => void) | undefined;
  /** The type of the error, if the response is one. */
  errorType: string | undefined;
  /** The reason why a request that had begun turned out to be malformed. */
  rejection: Rejection | undefined;
  /** Called when the response has been written, before its data is released. */
  onWritten: ((exchange: Exchange) => void) | undefined;
  /** The fields that the handler adds to the log line. */
  logFields: LogFields | undefined;
  readonly #versions: LiveVersions;
  #version: string;
  #principal: Principal | undefined;
  #result: HandlerResponse | undefined;

  constructor(request: Request, response: Response, { requestId, traceId }: Correlation, versions: LiveVersions) {
    this.request = request;
    this.response = response;
    this.path = request.path;
    this.requestId = requestId;
    this.traceId = traceId;
    this.parts = { path: {}, query: {}, header: request.headers, body: undefined };
    response.setHeader('X-Request-Id', requestId);
    this.#versions = versions;
    this.#version = versions.named(request.headers['sequence-version']);
    this.#setVersionHeaders();
  }

  /**
   * The version of the response: the one in the header, else the one that the credentials are pinned to, else the
   * newest.
   */
  get version(): string {
    return this.#version;
  }

  #setVersionHeaders(): void {
    for (const { name, value } of this.#versions.headersOf(this.#version)) this.response.setHeader(name, value);
  }

  /** The authenticated client. @throws Error before authentication */
  get principal(): Principal {
    if (!this.#principal) throw new Error('This request was not authenticated.');
    return this.#principal;
  }

  set principal(principal: Principal) {
    this.#principal = principal;
    noteClient(this.request.socket, principal.clientId);
    const { version } = principal;
    if (version === undefined || this.request.headers['sequence-version'] !== undefined) return;
    if (version === this.#version || !this.#versions.has(version)) return;
    this.#version = version;
    this.#setVersionHeaders();
  }

  /** The principal, if the request was authenticated. */
  get identity(): Principal | undefined {
    return this.#principal;
  }

  /** The response of the handler, or the error that ended the exchange. @throws Error when there is neither */
  get result(): HandlerResponse {
    if (!this.#result) throw new Error(`The handler of ${this.operationId} returned no response.`);
    return this.#result;
  }

  set result(result: HandlerResponse) {
    this.#result = result;
  }

  /**
   * Must be called when the response has been written. Otherwise a client that does not read it would keep the parsed
   * body and the response in memory, which take several times the bytes that are counted.
   */
  release(): void {
    this.onWritten?.(this);
    this.dropBody();
    this.#result = undefined;
  }

  /** Must be called when the body is no longer needed. */
  dropBody(): void {
    this.parts.body = undefined;
    this.receivedBody = undefined;
  }

  /** Must be called after the last step, and may be before it, so that other requests need not wait for this one. */
  endProcessing(): void {
    this.onProcessed?.();
    this.onProcessed = undefined;
  }

  summarize(): ExchangeSummary {
    const { operationId, resource, request, response, startedMs } = this;
    const durationMs = Math.round((performance.now() - startedMs) * 100) / 100;
    return {
      operationId,
      resource,
      apiVersion: this.identity && this.#version,
      method: request.method,
      status: response.headersSent ? response.statusCode : undefined,
      durationMs,
    };
  }
}

/** Returns the exchange that a response belongs to. */
export function exchangeOf(response: Response): Exchange {
  return response.locals.exchange;
}

/** Notes the resource that middleware serves instead of an operation, if this is a response of `createApp`. */
export function noteResource(response: Response, resource: string): void {
  const exchange: Exchange | undefined = response.locals.exchange;
  if (exchange) exchange.resource = resource;
}

/**
 * Notes that middleware serves the path with GET and HEAD only, if this is a response of `createApp`. Unless the
 * contract has the method there, the response is `MethodNotAllowed`.
 */
export function noteReadOnly(response: Response): void {
  const exchange: Exchange | undefined = response.locals.exchange;
  if (exchange) exchange.isReadOnly = true;
}

/** The reason why the HTTP layer rejected a request that had begun. */
interface Rejection {
  /** The error code of Node's parser. */
  code: string | undefined;
  /** The message that was sent to the client. */
  reason: string;
}
