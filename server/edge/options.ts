// What a caller of `createApp` provides, and what its handlers receive.
import type { Request, RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { Contract } from '../../openapi/model/contract.ts';
import type { OlderVersion } from '../versions/older-versions.ts';
import type { Credentials } from './credentials.ts';
import type { ApiError } from './errors.ts';
import type { MemoryBudget } from './memory/memory-budget.ts';

/** The client that sends a request, as `authenticate` found it. */
export interface Principal {
  /** The account that the request acts for; empty for an operation that needs no credentials. */
  account: string;
  /** The client whose credentials were sent; without credentials, the address of the client. */
  clientId: string;
  /** The version that the credentials are pinned to, if any. Requests without the header are refused if it is gone. */
  version?: string;
}

/** Further fields of a line in the log. */
export type LogFields = Record<string, string | number | boolean>;

/** What a handler knows of a request besides its declared parts. */
export interface Context<Extra = unknown> {
  /** The client that sends the request. */
  principal: Principal;
  /** The version of the response. Requests and responses of handlers are those of the newest version in any case. */
  version: string;
  /** As in the `X-Request-Id` header of the response. */
  requestId: string;
  /** Logs with the request ID, and with the trace ID if there is one. */
  log: Logger;
  /**
   * Adds to the line in the log that the request leaves when it has ended, or writes another if the client has left
   * before. Must not be given secrets or bodies.
   */
  addToLog(fields: LogFields): void;
  /** The result of `options.prepare`. */
  extra: Extra;
}

/** What every handler's response has in common. */
export interface HandlerResponse {
  /** The HTTP status. */
  status: number;
  /** The headers that the contract declares for this status. Undefined values are left out. */
  headers?: Record<string, unknown> | undefined;
  /** Sent as JSON; undefined: no body. */
  body?: unknown;
  /**
   * Set to that of the request, the response has the shapes of this older version already, such as an example of its
   * contract, and is not converted. Default: the newest.
   */
  version?: string | undefined;
}

/** A request that has ended, for metrics. */
export interface ExchangeSummary {
  /** Undefined when the request reached no operation. */
  operationId: string | undefined;
  /** What middleware served, such as a probe. */
  resource: string | undefined;
  /** Undefined when the client was not authenticated. */
  apiVersion: string | undefined;
  /** In upper case. */
  method: string;
  /** Undefined when the connection closed before a response began. */
  status: number | undefined;
  /** From the header of the request to the end of its response, in milliseconds. */
  durationMs: number;
}

/** What `createApp` takes besides the handlers. */
export interface AppOptions<Extra = undefined> {
  /**
   * Returns the principal of these credentials, or undefined when they are not valid. What it throws is treated as a
   * handler's error. If several versions are live, it is called for the pin of a 404 or 405 as well, which is sent
   * whatever it returns or throws.
   */
  authenticate(
    credentials: Credentials,
    request: {
      /** The address of the client, as `trustProxy` has it. */
      ip: string;
    },
  ): Promise<Principal | undefined> | Principal | undefined;
  /**
   * How long a successful authentication is reused for the same credentials from the same address, in milliseconds. A
   * revocation takes effect that much later. Default: 0, never.
   */
  authenticationCacheMs?: number;
  /**
   * Default: warnings and errors, as JSON lines on the standard output. Every request is logged at the level `info`:
   * pass `pino()`.
   */
  log?: Logger;
  /** A request that takes this long is logged as a warning, in milliseconds. Default: none is. */
  slowRequestMs?: number;
  /** Called after authentication. Throws an `ApiError('RateLimited')` to refuse the request. */
  limit?(principal: Principal): Promise<void> | void;
  /**
   * Called before the request is validated; may remove what is not part of the contract. Handlers get its result as
   * `context.extra`.
   */
  prepare?(request: Request): Extra;
  /** Called when a request begins. */
  observeStart?(): void;
  /** Called when a request has ended, with or without a response. */
  observe?(exchange: ExchangeSummary): void;
  /** Called with what a handler returned, whether or not the client is still there. */
  observeResponse?(operationId: string, response: HandlerResponse): void;
  /**
   * Maps what handlers and `authenticate` throw to the error that the client gets. Undefined becomes an
   * `InternalError`.
   */
  toApiError?(error: unknown): ApiError | undefined;
  /** Origins that browsers may call from; `'*'` for any. Default: none. */
  corsOrigins?: '*' | readonly string[];
  /**
   * How many proxies, or which, may set `X-Forwarded-For` and `X-Request-Id`: Express's `trust proxy`. Default: none.
   */
  trustProxy?: boolean | number | string;
  /** Express middleware for paths outside the contract. It runs before the contract's routes. */
  middleware?: RequestHandler | RequestHandler[];
  /**
   * Counts what bodies and large responses hold. `listen` counts more, in the budget that it was given. Default: the
   * same as of `listen`.
   */
  memory?: MemoryBudget;
  /** Another contract than the generated one. The handlers must be those of its operations. */
  contract?: Contract;
  /** Its older versions, oldest first. Default: those of the generated contract, none for another one. */
  olderVersions?: readonly OlderVersion[];
}
