// Validates a request, and throws `InvalidRequest` with the location and reason of each violation.
import type { RouteEntry } from '../../../openapi/model/operation-tables.ts';
import type { ApiError, Violation } from '../errors.ts';
import type { Step } from '../exchange/exchange.ts';
import { isRejected } from '../json/parse.ts';
import type { OperationValidators, RequestError } from '../validators/operation-validators.ts';
import type { Explain, Explanation } from '../violations/explain.ts';
import { createInvalidRequest } from '../violations/invalid-request.ts';
import { readLists } from './read-lists.ts';

/** Creates the step, which throws `InvalidRequest` with the first violations and their number. */
export function validateRequest(
  { parameters, body }: RouteEntry,
  validators: OperationValidators,
  explain: Explain,
): Step {
  const declared = new Set(parameters.query);
  const hasLists = parameters.commaSeparated.length + parameters.repeated.length > 0;
  const isBodyRequired = body?.required === true;
  return ({ request, parts }) => {
    parts.path = { ...request.params };
    // Express would parse the query each time that `request.query` is read.
    const question = request.url.indexOf('?');
    if (question !== -1) {
      parts.query = request.query;
      if (hasLists) readLists(request.url.slice(question + 1), parameters, parts.query);
    }
    if (Object.keys(parts.query).some((name) => isLostByValidator(name, declared)))
      throw toInvalidRequest(explain(parts));
    // The validator would require a body only if its schema has required properties.
    if (isBodyRequired && parts.body === undefined) throw toInvalidRequest(explain(parts));
    // The full validator would take as long again to find the same violations.
    if (isRejected(parts.body)) {
      const explanation = explain(parts);
      if (explanation.total > 0) throw toInvalidRequest(explanation);
    }
    const error = validators.validateRequest(parts);
    if (error) throw toInvalidRequest(explain(parts), error);
  };
}

/**
 * Returns whether the validator would silently drop an undeclared query parameter. It parses `filter[name]` as a
 * property of `filter`, and drops names that it cannot parse in that way: `[x]`, `x[`, `__proto__[x]`.
 */
function isLostByValidator(name: string, declared: ReadonlySet<string>): boolean {
  const bracket = name.indexOf('[');
  if (bracket === -1 || declared.has(name)) return false;
  return !(declared.has(name.slice(0, bracket)) && /^(?:\[[^[\]]*\])+$/.test(name.slice(bracket)));
}

function toInvalidRequest({ violations, total }: Explanation, error?: RequestError): ApiError {
  // Some rules of express-openapi-validator are in no schema. Their violations keep its messages.
  const details = violations.length > 0 ? violations : describeRejection(error);
  return createInvalidRequest(details, total, error);
}

const PARTS = new Map<string, Violation['in']>([
  ['query', 'query'],
  ['headers', 'header'],
  ['params', 'path'],
  ['body', 'body'],
]);

function describeRejection(error: RequestError | undefined): Violation[] {
  const violations = (error?.errors ?? []).map(toViolation);
  if (violations.length > 0) return violations;
  return [toViolation({ path: '', message: error?.message || 'The request breaks the contract' })];
}

/** Converts an error of the validator, whose paths begin with the part of the request: `/query/search`. */
function toViolation({ path, message }: RequestError['errors'][number]): Violation {
  const [, name = '', pointer = ''] = /^\/(\w+)(.*)$/s.exec(path) ?? [];
  const part = PARTS.get(name);
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}`.replace(/\.?$/, '.');
  return { in: part ?? 'body', pointer: part ? pointer : '', message: sentence };
}
