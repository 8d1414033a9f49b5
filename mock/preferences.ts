// What a request wishes for: `Prefer` (RFC 7240) or Prism's query parameters, read as Prism's own server reads them.
import type { Request } from 'express';
import parsePreferHeader from 'parse-prefer-header';
import { ApiError, type Violation } from '../server/edge/errors.ts';
import type { Wish } from './prism.ts';
import { listScenarios, type Scenario } from './scenarios.ts';

/** Wishes as they came, not checked yet: a fault of the request itself is told first. */
export interface Preferences {
  from: 'header' | 'query';
  given: Partial<Record<Name, unknown>>;
}

const NAMES = ['code', 'example', 'dynamic', 'seed'] as const;
type Name = (typeof NAMES)[number];

const IN_QUERY = /^__(code|example|dynamic|seed)(=|$)/;

/** Takes Prism's parameters out of the query, which the contract knows nothing of. As with Prism, they count only without a `Prefer` header. */
export function takePreferences(request: Request): Preferences {
  const [path = '', ...rest] = request.url.split('?');
  const query = rest.join('?').split('&');
  const taken = new URLSearchParams(query.filter((pair) => IN_QUERY.test(pair)).join('&'));
  if (taken.size > 0) request.url = [path, query.filter((pair) => !IN_QUERY.test(pair)).join('&')].join('?');
  const header = request.headers.prefer;
  if (header !== undefined) return { from: 'header', given: parsePreferHeader(header) };
  return { from: 'query', given: Object.fromEntries([...taken].map(([name, value]) => [name.slice(2), value])) };
}

/** The wish, with the code that its example belongs to; undefined when there is none. @throws ApiError InvalidRequest that lists all there is */
export function checkWish({ from, given }: Preferences, scenarios: readonly Scenario[]): Wish | undefined {
  const refuse = (name: Name, fault: string): never => {
    const there = `This mock has the codes and examples ${listScenarios(scenarios)}.`;
    const pointer = from === 'header' ? '/Prefer' : `/__${name}`;
    const violation: Violation = { in: from, pointer, message: fault };
    throw new ApiError('InvalidRequest', { message: clip(`${fault} ${there}`), details: [violation] });
  };
  const { code, example, dynamic, seed } = given;
  if (dynamic !== undefined && dynamic !== 'true' && dynamic !== 'false')
    refuse('dynamic', `dynamic has to be true or false, not ${show(dynamic)}.`);
  const ofCode = code === undefined ? scenarios : scenarios.filter(({ status }) => String(status) === code);
  if (ofCode.length === 0) refuse('code', `There is no answer with code ${show(code)}.`);
  const wish: Wish = {
    ...(code !== undefined && { code: Number(code) }),
    ...(dynamic === 'true' && { dynamic: true }),
    ...(typeof seed === 'string' && { seed }),
  };
  if (example === undefined) return wish.code === undefined && !wish.dynamic ? undefined : wish;
  const found = ofCode.find((each) => each.example === example);
  if (!found)
    return refuse('example', `There is no example ${show(example)}${code === undefined ? '' : ` with code ${code}`}.`);
  return { ...wish, code: found.status, example: String(example) };
}

function show(value: unknown): string {
  return JSON.stringify(value === true ? '' : String(value).slice(0, 100));
}

/** The contract's limit for a sentence; a contract with very many examples could pass it. */
function clip(text: string): string {
  return text.length > 2000 ? `${text.slice(0, 1999)}…` : text;
}
