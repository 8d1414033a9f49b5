// One request and its response: what the steps find out about them, and the line in the log when they have ended.
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { type ApiVersion, apiVersions } from '../../generated/operations.ts';
import type { RequestParts } from './explain.ts';
import type { ExchangeSummary, HandlerResponse, Principal } from './options.ts';

export const NEWEST: ApiVersion = apiVersions[apiVersions.length - 1] ?? apiVersions[0];

/** Longer paths are cut in the log. */
const LOGGED_PATH_LENGTH = 200;

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
  readonly requestId: string = randomUUID();
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
  #version: ApiVersion = NEWEST;
  #principal: Principal | undefined;
  #result: HandlerResponse | undefined;

  constructor(request: Request, response: Response, hasVersions: boolean) {
    this.request = request;
    this.response = response;
    this.parts = { path: {}, query: {}, header: request.headers, body: undefined };
    response.setHeader('X-Request-Id', this.requestId);
    if (hasVersions) response.setHeader('Sequence-Version', NEWEST);
  }

  /** The version of the response. */
  get version(): ApiVersion {
    return this.#version;
  }

  set version(version: ApiVersion) {
    if (version !== this.#version) this.response.setHeader('Sequence-Version', version);
    this.#version = version;
  }

  /** @throws Error before the request was authenticated */
  get principal(): Principal {
    if (!this.#principal) throw new Error('This request was not authenticated.');
    return this.#principal;
  }

  set principal(principal: Principal) {
    this.#principal = principal;
  }

  /** What the handler returned. @throws Error when it returned nothing */
  get result(): HandlerResponse {
    if (!this.#result) throw new Error(`The handler of ${this.operationId} returned no response.`);
    return this.#result;
  }

  set result(result: HandlerResponse) {
    this.#result = result;
  }

  summarize(): ExchangeSummary {
    const { operationId, request, response, startedMs } = this;
    const durationMs = Math.round((performance.now() - startedMs) * 100) / 100;
    return {
      operationId,
      method: request.method,
      status: response.headersSent ? response.statusCode : undefined,
      durationMs,
    };
  }

  /** Writes one line. */
  log(log: Logger, { method, status, durationMs }: ExchangeSummary): void {
    const line = {
      requestId: this.requestId,
      method,
      path: this.request.path.slice(0, LOGGED_PATH_LENGTH),
      status: status ?? null,
      durationMs,
      // Undefined values are not in the line.
      account: this.#principal?.account,
      clientId: this.#principal?.clientId,
      cutOff: this.response.writableFinished ? undefined : true,
    };
    if (this.isProbe) log.debug(line, 'request');
    else log.info(line, 'request');
  }
}

/** The exchange that a response belongs to. */
export function exchangeOf(response: Response): Exchange {
  return response.locals.exchange;
}

interface ExchangeOptions {
  log: Logger;
  observe?: ((exchange: ExchangeSummary) => void) | undefined;
  /** Whether responses name the version of the API. */
  hasVersions: boolean;
}

/** Begins an exchange: from here on every response has its ID and its version, whoever writes it. */
export function openExchange({ log, observe, hasVersions }: ExchangeOptions): RequestHandler {
  // One function for all responses: a closure for each would keep its request in memory for longer.
  function onClose(this: Response): void {
    const exchange = exchangeOf(this);
    const summary = exchange.summarize();
    try {
      observe?.(summary);
    } catch (error) {
      // Nobody else would catch it, and it would end the process.
      log.error({ requestId: exchange.requestId, err: error }, 'observe failed');
    }
    exchange.log(log, summary);
  }
  return (request, response, next) => {
    // `listen` passes on paths alone. Under another server the target may also be a URL.
    if (!request.url.startsWith('/')) request.url = `/${request.url.replace(/^https?:\/\/[^/?]*\/?/i, '')}`;
    response.locals.exchange = new Exchange(request, response, hasVersions);
    response.on('close', onClose);
    next();
  };
}
