// For responses that come before the credentials are checked: the version that these are pinned to, if it can be found.
import type { RequestHandler } from 'express';
import { exchangeOf, type Step } from './exchange/exchange.ts';
import type { LiveVersions } from './exchange/live-versions.ts';
import type { ToClientError } from './write-error.ts';

interface PinOptions {
  versions: LiveVersions;
  /** The authentication step that all requests share, so failed logins count here too. */
  identify: Step;
  /** Gets what it throws. */
  toClientError: ToClientError;
}

/**
 * Creates middleware that gives a response the version that its credentials are pinned to. Without valid credentials,
 * after too many failed logins and while the store is unavailable, it keeps the newest, and shows nothing of the
 * reason. Where a pin makes no difference, nobody is logged in.
 */
export function createApplyPin({ versions, identify, toClientError }: PinOptions): RequestHandler {
  return async (request, response, next) => {
    const { authorization, 'sequence-version': asked } = request.headers;
    if (authorization !== undefined && asked === undefined && versions.hasSeveral) {
      const exchange = exchangeOf(response);
      try {
        await identify(exchange);
      } catch (error) {
        toClientError(error, exchange);
      }
    }
    next();
  };
}
