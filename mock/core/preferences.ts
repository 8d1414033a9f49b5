// The preferences of a request, from `Prefer` (RFC 7240) or Prism's query parameters, parsed as by Prism's own server.
import { ApiError, type Violation } from '../../server/edge/errors.ts';
import { quoteWhole } from '../../server/text/invisible.ts';
import { parsePrefer } from './prefer-header.ts';
import { listScenarios, type Scenario } from './scenarios.ts';

/** The response that a request asks for. */
export interface Preference {
  /** An example of the contract. If undefined, the body is generated or the first example of the lowest status. */
  scenario?: Scenario;
  /** The status of a generated body. */
  code?: number;
  /** Whether to generate a body from the schema. */
  dynamic?: boolean;
  /** A seed that makes the generated body reproducible. */
  seed?: string;
}

/** The preferences before validation: the request itself is validated first. */
export interface RequestedPreferences {
  in: 'header' | 'query';
  /** The values, keyed by name. */
  values: ReadonlyMap<string, string>;
}

const NAMES = ['code', 'example', 'dynamic', 'seed'] as const;

/** Preferences that are accepted and ignored, from the IANA registry "HTTP Preferences". */
const IGNORED = ['depth-noroot', 'handling', 'respond-async', 'return', 'safe', 'timezone', 'wait'];

const QUERY_PARAMETER = /^__(code|example|dynamic|seed)(=|$)/;

/** No preferences, as in most requests. */
const NONE: RequestedPreferences = { in: 'query', values: new Map() };

/** The contract's limit for an error message. */
const MAX_MESSAGE_LENGTH = 2000;

/**
 * Removes Prism's parameters from the query of a URL, since the contract does not declare them. As in Prism, a `Prefer`
 * header overrides all of them.
 */
export function takePreferences(
  url: string,
  prefer: string | null | undefined,
): { url: string; preferences: RequestedPreferences } {
  if (typeof prefer !== 'string' && !url.includes('?')) return { url, preferences: NONE };
  const [path = '', ...rest] = url.split('?');
  const query = rest.join('?').split('&');
  const taken = new URLSearchParams(query.filter((pair) => QUERY_PARAMETER.test(pair)).join('&'));
  const left = [...taken].length > 0 ? `${path}?${query.filter((pair) => !QUERY_PARAMETER.test(pair)).join('&')}` : url;
  if (typeof prefer === 'string') return { url: left, preferences: { in: 'header', values: parsePrefer(prefer) } };
  // As in the header, the first value of a name wins.
  const values = new Map([...taken].reverse().map(([name, value]) => [name.slice(2), value]));
  return { url: left, preferences: { in: 'query', values } };
}

/**
 * Returns the preference, or undefined if the request has none.
 *
 * @throws ApiError InvalidRequest, listing all scenarios, when the contract has no such response or there is no
 * preference of that name
 */
export function validatePreference(
  { in: location, values }: RequestedPreferences,
  scenarios: readonly Scenario[],
): Preference | undefined {
  if (values.size === 0) return undefined;
  const reject = (name: string, reason: string): never => {
    const message = `${reason} The codes and examples of this mock are ${listScenarios(scenarios)}.`;
    const pointer = location === 'header' ? '/Prefer' : `/__${name}`;
    const violation: Violation = { in: location, pointer, message: truncate(reason) };
    throw new ApiError('InvalidRequest', { message: truncate(message), details: [violation] });
  };
  for (const name of values.keys()) {
    if (NAMES.some((each) => each === name) || IGNORED.includes(name)) continue;
    reject(name, `There is no preference ${quote(name)}. Known here: ${NAMES.join(', ')}.`);
  }
  const [code, example, dynamic, seed] = NAMES.map((name) => values.get(name));
  if (dynamic !== undefined && dynamic !== 'true' && dynamic !== 'false')
    reject('dynamic', `The preference dynamic must be true or false, not ${quote(dynamic)}.`);
  if (seed === '') reject('seed', 'The preference seed must not be empty.');
  const withCode = code === undefined ? scenarios : scenarios.filter(({ status }) => String(status) === code);
  if (withCode.length === 0) reject('code', `There is no response with code ${quote(code ?? '')}.`);
  const scenario = example === undefined ? withCode[0] : withCode.find((each) => each.example === example);
  if (!scenario)
    return reject(
      'example',
      `There is no example ${quote(example ?? '')}${code === undefined ? '' : ` with code ${code}`}.`,
    );
  if (dynamic === 'true') {
    // If there is no code, Prism chooses the lowest 2xx status.
    const status = code === undefined && example === undefined ? undefined : scenario.status;
    return { dynamic: true, ...(status && { code: status }), ...(seed !== undefined && { seed }) };
  }
  return code === undefined && example === undefined ? undefined : { scenario };
}

function quote(value: string): string {
  return quoteWhole(value.slice(0, 100));
}

function truncate(text: string): string {
  return text.length > MAX_MESSAGE_LENGTH ? `${text.slice(0, MAX_MESSAGE_LENGTH - 1)}…` : text;
}
