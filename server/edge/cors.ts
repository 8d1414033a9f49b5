// Cross-origin requests: which browsers may call, and what they may read of an answer.
import cors, { type CorsOptions } from 'cors';
import type { RequestHandler } from 'express';
import { edgeHeaders, routes } from '../../generated/operations.ts';

/** Headers that some answer declares, besides those that all have. */
export const ANSWER_HEADERS = [
  ...new Set(routes.flatMap(({ responses }) => Object.values(responses).flatMap((headers) => Object.keys(headers)))),
];

/** Lets browsers read every header that the contract declares. */
export function allowOrigins(origins: '*' | readonly string[]): RequestHandler {
  const options: CorsOptions = {
    origin: origins === '*' ? '*' : [...origins],
    exposedHeaders: [...edgeHeaders, ...ANSWER_HEADERS],
    maxAge: 600,
  };
  const answerPreflight = cors(options);
  const addHeaders = cors({ ...options, preflightContinue: true });
  // An OPTIONS request that is no preflight (Fetch standard, section 3.3.2) is one like any other: the contract has no such method.
  return (request, response, next) => {
    const isPreflight = 'origin' in request.headers && 'access-control-request-method' in request.headers;
    (isPreflight ? answerPreflight : addHeaders)(request, response, next);
  };
}
