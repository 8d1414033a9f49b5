// Finds the pinned version for responses that are sent before the credentials are checked.
import type { RequestHandler } from 'express';
import { exchangeOf, type Step } from './exchange/exchange.ts';
import type { LiveVersions } from './exchange/live-versions.ts';
import type { ToClientError } from './write-error.ts';

interface PinOptions {
  versions: LiveVersions;
  /** The authentication step of all requests, so that failed logins count here too. */
  identify: Step;
  /** Called with the errors of `identify`. */
  toClientError: ToClientError;
}

/**
 * Creates middleware that sets the version of a response to the one that its credentials are pinned to. If the
 * credentials are invalid, after too many failed logins and while the store is unavailable, the newest version stays,
 * and the response does not reveal the reason. No login is attempted when a pin would make no difference.
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
