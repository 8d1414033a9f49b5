// The options of `createApp`, and the context that its handlers receive.
import type { Request, RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { Contract } from '../../openapi/model/contract.ts';
import type { OlderVersion } from '../versions/older-versions.ts';
import type { Credentials } from './credentials.ts';
import type { ApiError } from './errors.ts';
import type { MemoryBudget } from './memory/memory-budget.ts';

/** The client that sends a request, as returned by `authenticate`. */
export interface Principal {
  /** The account that the request acts for; empty for an operation that needs no credentials. */
  account: string;
  /** The client ID in the credentials; the client address for an operation that needs no credentials. */
  clientId: string;
  /** The version that the credentials are pinned to. If it is not live, requests without the header are rejected. */
  version?: string;
}

/** Additional fields of a log line. */
export type LogFields = Record<string, string | number | boolean>;

/** The context of a request, which a handler receives besides its declared parts. */
export interface Context<Extra = unknown> {
  /** The client that sends the request. */
  principal: Principal;
  /** The version of the response. Handlers always receive and return the newest version. */
  version: string;
  /** The request ID, as in the `X-Request-Id` header of the response. */
  requestId: string;
  /** A logger that adds the request ID, and the trace ID if there is one. */
  log: Logger;
  /**
   * Adds fields to the log line that is written at the end of the request, or writes another line if the client has
   * already left. Must not be given secrets or bodies.
   */
  addToLog(fields: LogFields): void;
  /**
   * Resolves when requests with small bodies have been served, at the latest after some milliseconds. To be called
   * between the parts of work that would take milliseconds at a time.
   */
  giveWay(): Promise<void>;
  /** The result of `options.prepare`. */
  extra: Extra;
}

/** The common properties of all responses of handlers. */
export interface HandlerResponse {
  /** The HTTP status. */
  status: number;
  /** The headers that the contract declares for this status. Undefined values are skipped. */
  headers?: Record<string, unknown> | undefined;
  /** The body, which is sent as JSON; undefined for none. */
  body?: unknown;
  /**
   * The version that the response already has. Set to that of the request, it prevents a conversion, for example of an
   * example of an older contract. Default: the newest.
   */
  version?: string | undefined;
}

/** A request that has ended, for metrics. */
export interface ExchangeSummary {
  /** The operation; undefined if the request reached none. */
  operationId: string | undefined;
  /** The resource that middleware served, such as a probe. */
  resource: string | undefined;
  /** The API version; undefined if the client was not authenticated. */
  apiVersion: string | undefined;
  /** The method, in upper case. */
  method: string;
  /** The status; undefined if the connection closed before a response began. */
  status: number | undefined;
  /** The time from the header of the request to the end of its response, in milliseconds. */
  durationMs: number;
}

/** The options of `createApp`. */
export interface AppOptions<Extra = undefined> {
  /**
   * Returns the principal of these credentials, or undefined if they are invalid. Its errors are treated like those of
   * a handler. If several versions are live, it is also called to find the pinned version of a 404 or 405, which is
   * sent whatever it returns or throws.
   */
  authenticate(
    credentials: Credentials,
    request: {
      /** The address of the client according to `trustProxy`. */
      ip: string;
    },
  ): Promise<Principal | undefined> | Principal | undefined;
  /**
   * The time in milliseconds for which a successful authentication is reused for the same credentials from the same
   * address. A revocation takes effect that much later. Default: 0, never.
   */
  authenticationCacheMs?: number;
  /**
   * The logger. Default: warnings and errors, as JSON lines on standard output. To log every request, which happens at
   * the level `info`, pass `pino()`.
   */
  log?: Logger;
  /** The time in milliseconds from which on a request is logged as a warning. Default: never. */
  slowRequestMs?: number;
  /** Called after authentication. Throws an `ApiError('RateLimited')` to reject the request. */
  limit?(principal: Principal): Promise<void> | void;
  /**
   * Called before the request is validated; may remove parts that the contract does not declare. Handlers get its
   * result as `context.extra`.
   */
  prepare?(request: Request): Extra;
  /** Called when a request begins. */
  observeStart?(): void;
  /** Called when a request has ended, with or without a response. */
  observe?(exchange: ExchangeSummary): void;
  /** Called with the response of a handler, whether or not the client is still connected. */
  observeResponse?(operationId: string, response: HandlerResponse): void;
  /**
   * Maps errors of handlers and of `authenticate` to the error that the client gets. Undefined becomes an
   * `InternalError`.
   */
  toApiError?(error: unknown): ApiError | undefined;
  /** The origins from which browsers may call; `'*'` for any. Default: none. */
  corsOrigins?: '*' | readonly string[];
  /**
   * The number or addresses of proxies that may set `X-Forwarded-For` and `X-Request-Id`, as Express's `trust proxy`.
   * Default: none.
   */
  trustProxy?: boolean | number | string;
  /** Express middleware for paths outside the contract. It runs before the contract's routes. */
  middleware?: RequestHandler | RequestHandler[];
  /**
   * The budget for the memory of bodies and large responses. `listen` counts more, in the budget that it was given.
   * Default: the default of `listen`.
   */
  memory?: MemoryBudget;
  /** A contract to use instead of the generated one. The handlers must match its operations. */
  contract?: Contract;
  /** The older versions, oldest first. Default: those of the generated contract; none for another contract. */
  olderVersions?: readonly OlderVersion[];
}
