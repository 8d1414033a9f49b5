// Converts requests of an older version to the newest, step by step, and responses back.
import { parse as parseQuery } from 'node:querystring';
import type { RouteEntry } from '../../../openapi/model/operation-tables.ts';
import { parseLists, serializeQuery, serializeText } from '../../../openapi/model/serialize-parameters.ts';
import type { AnyRequest, VersionChange } from '../../versions/version-change.ts';
import type { Step } from '../exchange/exchange.ts';
import type { RequestParts } from '../request-parts.ts';
import type { Operation } from '../routes/operation.ts';
import { errorTypeOf, requestOf } from '../steps/call-handler.ts';
import { validateResponse } from '../steps/validate-response.ts';
import { convertRequest, convertResponse, explain, filesOf } from './convert-message.ts';

/** One operation in two versions. */
export interface Conversion {
  version: string;
  older: Operation;
  newest: Operation;
  /** The changes from the older version to the newest, each from the preceding version. */
  changes: readonly VersionChange[];
}

/** Upgrades a valid request. Throws when a conversion fails or produces an invalid request of the newest version. */
export function upgradeRequest({ older: { route }, newest, changes }: Conversion): Step {
  const { operationId } = route;
  return (exchange) => {
    const upgraded = convertRequest(changes, operationId, requestOf(exchange, route));
    const parts = toParts(upgraded, newest.route);
    Object.assign(exchange.parts, parts);
    const error = newest.validators.validateRequest(parts);
    const isMissing = newest.route.body?.required === true && parts.body === undefined;
    if (!error && !isMissing) return;
    const reasons = error?.errors.map(({ path, message }) => `${path} ${message}`) ?? ['there is no body'];
    throw new Error(
      `${filesOf(changes)}: ${operationId} gets an upgraded request that is invalid: ${reasons.join(', ')}`,
      {
        cause: error,
      },
    );
  };
}

/** Converts a request to parts as if it had been sent, so that it can be validated against the newest version. */
function toParts({ path, query, headers, body }: AnyRequest, route: RouteEntry): RequestParts {
  const [mediaType] = route.body?.mediaTypes ?? [];
  const text = serializeQuery(query, route.parameters.commaSeparated);
  const named = Object.entries(headers).filter(([, value]) => value !== undefined);
  return {
    path: Object.fromEntries(Object.entries(path).map(([name, value]) => [name, serializeText(value)])),
    query: { ...parseQuery(text, '&', '=', { maxKeys: 0 }), ...parseLists(text, route.parameters).values },
    header: {
      ...(mediaType !== undefined && { 'content-type': mediaType }),
      ...Object.fromEntries(named.map(([name, value]) => [name.toLowerCase(), serializeText(value)])),
    },
    body,
  };
}

/** Validates a response of the newest version. A response of the older version is validated by `downgradeResponse`. */
export function validateNewest({ version, newest: { route, validators } }: Conversion): Step {
  const validate = validateResponse(route, validators);
  return (exchange) => (exchange.result.version === version ? undefined : validate(exchange));
}

/**
 * Downgrades a valid response, unless it already has the older version. Throws when a conversion fails or produces a
 * response that the older version does not declare.
 */
export function downgradeResponse({ version, older: { route, validators }, changes }: Conversion): Step {
  const { operationId } = route;
  const validate = validateResponse(route, validators);
  return (exchange) => {
    if (exchange.result.version !== version) {
      exchange.result = convertResponse(changes, operationId, exchange.result);
      exchange.errorType = errorTypeOf(exchange.result);
    }
    return explain(() => validate(exchange), `${filesOf(changes)}: the response is not one of ${version}`);
  };
}
