// Begins an exchange for each request, and ends it with a log line.
import type { RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { correlate, type TrustProxy } from './exchange/correlation.ts';
import { Exchange, exchangeOf } from './exchange/exchange.ts';
import type { LiveVersions } from './exchange/live-versions.ts';
import { logExchange } from './log/log-line.ts';
import type { ExchangeSummary } from './options.ts';

interface ExchangeOptions {
  log: Logger;
  observeStart?: (() => void) | undefined;
  observe?: ((exchange: ExchangeSummary) => void) | undefined;
  /** The time in milliseconds from which on a request is logged as a warning. */
  slowRequestMs: number;
  versions: LiveVersions;
}

/** Begins an exchange. From here on, every response has its ID and its version, whichever step writes it. */
export function openExchange({ log, observeStart, observe, slowRequestMs, versions }: ExchangeOptions): RequestHandler {
  // Shared by all responses: a closure for each would keep its request in memory for longer.
  function onClose(this: Response): void {
    const exchange = exchangeOf(this);
    const summary = exchange.summarize();
    try {
      observe?.(summary);
    } catch (error) {
      // An uncaught error would end the process.
      log.error({ requestId: exchange.requestId, err: error }, 'observe failed');
    }
    logExchange(log, exchange, summary, slowRequestMs);
  }
  return (request, response, next) => {
    // `listen` passes only paths. On another server, the target may also be a URL.
    if (!request.url.startsWith('/')) request.url = `/${request.url.replace(/^https?:\/\/[^/?]*\/?/i, '')}`;
    const trusts: TrustProxy | undefined = request.app.get('trust proxy fn');
    response.locals.exchange = new Exchange(request, response, correlate(request, trusts), versions);
    response.on('close', onClose);
    observeStart?.();
    next();
  };
}
