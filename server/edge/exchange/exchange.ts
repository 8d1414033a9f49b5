// One request and its response: what the steps find out about them.
import { performance } from 'node:perf_hooks';
import type { Request, Response } from 'express';
import type { EndTurn } from '../body/large-bodies.ts';
import type { ExchangeSummary, HandlerResponse, LogFields, Principal } from '../options.ts';
import type { RequestParts } from '../request-parts.ts';
import type { Correlation } from './correlation.ts';
import type { LiveVersions } from './live-versions.ts';

/**
 * A step of a request on its way to the handler, or of its response on the way back. What it throws ends the exchange
 * with an error.
 */
export type Step = (exchange: Exchange) => Promise<void> | void;

/** One request and its response. Every step adds what it found out. */
export class Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly startedMs: number = performance.now();
  /** The path of the request. A router of a middleware takes its own part out of `request.path`. */
  readonly path: string;
  /** As in the response. */
  readonly requestId: string;
  /** That of the request header `traceparent`, if any. */
  readonly traceId: string | undefined;
  /** Undefined as long as no operation was found. */
  operationId: string | undefined;
  /** What `options.prepare` returned. */
  extra: unknown;
  /**
   * The parts of the request that the contract describes. Validation converts parameters and fills in defaults, in
   * place.
   */
  readonly parts: RequestParts;
  /** Sent every few seconds by a machine: logged at the level `debug`. */
  isProbe = false;
  /** Whether middleware serves the path, with GET and HEAD only. */
  isReadOnly = false;
  /** What was served instead of an operation, from a fixed list: for metrics. */
  resource: string | undefined;
  /** Address of the client, after `trustProxy`. Undefined until the credentials are checked. */
  address: string | undefined;
  /** What the credentials name, valid or not. */
  attemptedClientId: string | undefined;
  /** When the body was there, in milliseconds after the start. */
  receivedMs: number | undefined;
  /** The size of the body without its content coding. */
  bodyBytes = 0;
  /** The body without its content coding, for `onWritten`. */
  receivedBody: Buffer | undefined;
  /** Whether the body takes milliseconds, so that it waits for its turn, and each step gives way to other requests. */
  isLarge = false;
  /** To be called when the response is written. */
  endTurn: EndTurn | undefined;
  /** The error that is the response. */
  errorType: string | undefined;
  /** Why the request was found malformed after it had begun. */
  refusal: Refusal | undefined;
  /** Called when the response is written, before what it was made of is released. */
  onWritten: ((exchange: Exchange) => void) | undefined;
  /** What the handler adds to the line in the log. */
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
   * The version of the response: the one that the header names, or else that to which the credentials are pinned, or
   * the newest.
   */
  get version(): string {
    return this.#version;
  }

  #setVersionHeaders(): void {
    for (const { name, value } of this.#versions.headersOf(this.#version)) this.response.setHeader(name, value);
  }

  /** @throws Error before the request was authenticated */
  get principal(): Principal {
    if (!this.#principal) throw new Error('This request was not authenticated.');
    return this.#principal;
  }

  set principal(principal: Principal) {
    this.#principal = principal;
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

  /** What the handler returned, or the error that ended the exchange. @throws Error when there is neither */
  get result(): HandlerResponse {
    if (!this.#result) throw new Error(`The handler of ${this.operationId} returned no response.`);
    return this.#result;
  }

  set result(result: HandlerResponse) {
    this.#result = result;
  }

  /**
   * To be called when the response is written. A client that does not read it would otherwise keep the values of body
   * and response in memory, which take several times the text that is counted.
   */
  release(): void {
    this.onWritten?.(this);
    this.parts.body = undefined;
    this.receivedBody = undefined;
    this.#result = undefined;
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

/** The exchange that a response belongs to. */
export function exchangeOf(response: Response): Exchange {
  return response.locals.exchange;
}

/** Notes what middleware serves instead of an operation, if this is a response of `createApp`. */
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

/** Why a request that had begun was refused by the HTTP layer. */
export interface Refusal {
  /** The error code of Node's parser. */
  code: string | undefined;
  /** As the client has it. */
  reason: string;
}
