// Preferences of a request: `Prefer` (RFC 7240), or Prism's query parameters, read as Prism's own server reads them.
import type { Request } from 'express';
import parsePreferHeader from 'parse-prefer-header';
import { ApiError, type Violation } from '../server/edge/errors.ts';
import type { Preference } from './prism.ts';
import { listScenarios, type Scenario } from './scenarios.ts';

/** Not validated: the request itself is validated first. */
export interface RequestedPreferences {
  in: 'header' | 'query';
  values: Partial<Record<Name, unknown>>;
}

const NAMES = ['code', 'example', 'dynamic', 'seed'] as const;
type Name = (typeof NAMES)[number];

const QUERY_PARAMETER = /^__(code|example|dynamic|seed)(=|$)/;

/** The contract's limit for an error message. */
const MAX_MESSAGE_LENGTH = 2000;

/**
 * Removes Prism's parameters from the query, since the contract does not declare them. As in Prism, a `Prefer` header
 * overrides all of them.
 */
export function takePreferences(request: Request): RequestedPreferences {
  const [path = '', ...rest] = request.url.split('?');
  const query = rest.join('?').split('&');
  const taken = new URLSearchParams(query.filter((pair) => QUERY_PARAMETER.test(pair)).join('&'));
  if (taken.size > 0) request.url = [path, query.filter((pair) => !QUERY_PARAMETER.test(pair)).join('&')].join('?');
  const header = request.headers.prefer;
  if (header !== undefined) return { in: 'header', values: parsePreferHeader(header) };
  return { in: 'query', values: Object.fromEntries([...taken].map(([name, value]) => [name.slice(2), value])) };
}

/**
 * The preference, with the status of its example; undefined without one.
 *
 * @throws ApiError InvalidRequest, listing all scenarios, when the contract has no such response
 */
export function validatePreference(
  { in: location, values }: RequestedPreferences,
  scenarios: readonly Scenario[],
): Preference | undefined {
  const reject = (name: Name, reason: string): never => {
    const message = `${reason} The codes and examples of this mock are ${listScenarios(scenarios)}.`;
    const pointer = location === 'header' ? '/Prefer' : `/__${name}`;
    const violation: Violation = { in: location, pointer, message: reason };
    throw new ApiError('InvalidRequest', { message: truncate(message), details: [violation] });
  };
  const { code, example, dynamic, seed } = values;
  if (dynamic !== undefined && dynamic !== 'true' && dynamic !== 'false')
    reject('dynamic', `The preference dynamic must be true or false, not ${quote(dynamic)}.`);
  const withCode = code === undefined ? scenarios : scenarios.filter(({ status }) => String(status) === code);
  if (withCode.length === 0) reject('code', `There is no response with code ${quote(code)}.`);
  const preference: Preference = {
    ...(code !== undefined && { code: Number(code) }),
    ...(dynamic === 'true' && { dynamic: true }),
    ...(typeof seed === 'string' && { seed }),
  };
  if (example === undefined) return code === undefined && dynamic !== 'true' ? undefined : preference;
  const scenario = withCode.find((each) => each.example === example);
  if (scenario) return { ...preference, code: scenario.status, example: String(example) };
  return reject('example', `There is no example ${quote(example)}${code === undefined ? '' : ` with code ${code}`}.`);
}

/** A preference without a value is `true`. */
function quote(value: unknown): string {
  return JSON.stringify(value === true ? '' : String(value).slice(0, 100));
}

function truncate(text: string): string {
  return text.length > MAX_MESSAGE_LENGTH ? `${text.slice(0, MAX_MESSAGE_LENGTH - 1)}…` : text;
}
