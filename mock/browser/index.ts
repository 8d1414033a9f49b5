// The mock without a server: a function from a request to a response, for browsers, service workers and Node.
import { examples } from '../../generated/examples.ts';
import { basePath as contractBasePath } from '../../generated/operations.ts';
import { olderExamples } from '../../generated/version-examples.ts';
import type { Rule } from '../../openapi/model/check/check-options.ts';
import type { RouteEntry } from '../../openapi/model/operation-tables.ts';

import { parseMediaType } from '../../server/edge/body/media-type.ts';
import { CHALLENGE, parseBasic } from '../../server/edge/credentials.ts';
import { ApiError } from '../../server/edge/errors.ts';
import { bundledVersions } from '../../server/edge/exchange/live-versions.ts';
import type { HandlerResponse } from '../../server/edge/options.ts';
import { explainRequest } from '../../server/edge/violations/explain-compiled.ts';
import { createInvalidRequest } from '../../server/edge/violations/invalid-request.ts';
import { checkMockOptions } from '../core/check-data.ts';
import type { JournalEntry } from '../core/journal/journal-entry.ts';
import type { MockControls, MockData } from '../core/mock-controls.ts';
import { controlsOf, firstScenario, MockState, responseOf } from '../core/mock-state.ts';
import { takePreferences } from '../core/preferences.ts';
import { findMethodError } from './check-method.ts';
import { findRoute, pathBelow } from './find-route.ts';
import { parseBody, readBody, readContentCoding } from './read-body.ts';
import { parseQuery, toRequest } from './read-request.ts';
import { callConverted, checkVersions, versionNamed } from './versions.ts';

export type { ScenarioName } from '../../generated/examples.ts';
export type { AnyScenarioName } from '../../generated/version-examples.ts';
export type { MockCustomer } from '../core/customers.ts';
export type { RecordedRequest, RecordedResponse } from '../core/journal/journal-entry.ts';
export type { RequestPredicate } from '../core/journal/request-predicate.ts';
export type { MockControls, MockCredentials, MockData, WaitOptions } from '../core/mock-controls.ts';
export type { NextOptions, NextRequest } from '../core/scenario-queue.ts';

/** The options of {@link createBrowserMock}. */
export interface BrowserMockOptions extends MockData {
  /** The path of the API in the URLs of requests, encoded or not. Default: `/api`, as in the contract. */
  basePath?: string | undefined;
}

/** A mock in the same process. */
export interface BrowserMock extends MockControls {
  /**
   * Responds to a request as the mock server does. It needs no `this`, so it can be passed as the `fetch` of a client
   * or called in an MSW handler. Like the global `fetch`, it rejects on a network error, which a scenario can request,
   * and when the request is aborted.
   */
  fetch(input: Request | string | URL, init?: RequestInit): Promise<Response>;
}

/**
 * Creates a mock that needs no server: one function with the checks, messages, scenarios and journal of the mock
 * server. It generates no bodies: `Prefer: dynamic=true` gets the example of the contract.
 *
 * @throws TypeError when an option is unknown or invalid
 *
 * @example
 * const mock = createBrowserMock({ customers: [{ id: '50af5191-05a3-42a5-802a-6b59091157af', name: 'Acme' }] });
 * mock.next('RateLimited');
 * const response = await mock.fetch(new Request('https://app.test/api/customer-organizations', { method: 'POST' }));
 */
export function createBrowserMock(options: BrowserMockOptions = {}): BrowserMock {
  checkMockOptions(options, { basePath: BASE_PATH });
  checkVersions();
  const { basePath = contractBasePath, ...data } = options;
  const state = new MockState(examples, data, olderExamples);
  // Normalized as in request URLs: percent-encoded and without dot segments. `URL` would drop a trailing space.
  const prefix = new URL(basePath.replaceAll(' ', '%20'), 'http://host').pathname.replace(/\/$/, '');
  return Object.assign(controlsOf(state), {
    async fetch(input: Request | string | URL, init?: RequestInit) {
      if (typeof Request === 'undefined' || typeof TextDecoder === 'undefined')
        throw new TypeError('There is no Fetch API. For Jest there is the environment jest-fixed-jsdom.');
      const request = typeof input === 'object' && 'url' in input && !init ? input : new Request(input, init);
      return respond(state, request, prefix);
    },
  });
}

const BASE_PATH: Rule = {
  expected: 'a path such as /api, without ?, #, backslash, empty segments and control characters',
  isValid: (value) => typeof value === 'string' && /^(?:\/[^\p{Cc}\\/?#]+)*\/?$/u.test(value),
};

/** Rejects, as `fetch` does, when the request is aborted or a scenario simulates a network error. */
async function respond(state: MockState, request: Request, basePath: string): Promise<Response> {
  // A request that is aborted before it is sent never arrives.
  request.signal.throwIfAborted();
  const rejection = findMethodError(request.method);
  // The mock server rejects an unknown method before it reads the header, so the version is the default one.
  if (rejection) return writeResponse(request, rejection, bundledVersions.named(undefined)).response;
  const { pathname, search } = new URL(request.url);
  const entry = state.journal.begin(request.method, pathname + search, request.headers);
  const { signal, close } = openConnection(state, request);
  const version = bundledVersions.named(request.headers.get(VERSION_HEADER) ?? undefined);
  const exchange: Exchange = { state, entry, request, signal, body: undefined, version };
  let result: HandlerResponse;
  try {
    result = await Promise.race([handle(exchange, pathname, search, basePath), untilAborted(signal)]);
  } catch (error) {
    if (!(error instanceof ApiError)) {
      state.journal.complete(entry, exchange.body, null, 0);
      throw error;
    }
    result = error;
  } finally {
    close();
  }
  return write(exchange, result);
}

/** Returns a signal that aborts when the request is aborted or the mock is reset. */
function openConnection(state: MockState, request: Request): { signal: AbortSignal; close: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort(request.signal.reason);
  request.signal.addEventListener('abort', abort);
  const forget = state.onRelease(() => controller.abort(new TypeError('Failed to fetch')));
  const close = () => {
    request.signal.removeEventListener('abort', abort);
    forget();
  };
  return { signal: controller.signal, close };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, fail) => signal.addEventListener('abort', () => fail(signal.reason)));
}

interface Exchange {
  state: MockState;
  entry: JournalEntry;
  request: Request;
  /** Aborts when nobody is waiting for the response any longer. */
  signal: AbortSignal;
  /** The decoded body; undefined until it has been read. */
  body: Uint8Array | undefined;
  /** The version of the response. */
  version: string;
}

const VERSION_HEADER = 'Sequence-Version';

/** Runs the checks in the order that the contract documents. */
async function handle(
  exchange: Exchange,
  pathname: string,
  search: string,
  basePath: string,
): Promise<HandlerResponse> {
  const { state, request } = exchange;
  const { headers } = request;
  let body: unknown;
  const below = pathBelow(basePath, pathname);
  if (below === undefined) throw new ApiError('NotFound');
  const version = versionNamed(exchange.version);
  const { route, path } = findRoute(version.routes, request.method, below);
  const account = authenticate(state, route, headers);
  const requestedVersion = headers.get(VERSION_HEADER);
  if (requestedVersion !== null) bundledVersions.check(requestedVersion);
  if (route.body) {
    parseMediaType(headers.get('Content-Type') ?? undefined, route.body.mediaTypes);
    const coding = readContentCoding(headers);
    exchange.body = await readBody(request, coding, exchange.signal);
    body = parseBody(exchange.body);
    // After a reset, this request would consume a directive that belongs to the next test.
    exchange.signal.throwIfAborted();
  }
  const { url, preferences } = takePreferences(search, headers.get('Prefer'));
  const parts = {
    path,
    query: parseQuery(url.slice(1), route),
    header: Object.fromEntries(headers),
    body,
  };
  const compiled = version.validators[route.operationId];
  if (!compiled) throw new Error(`${route.operationId} has no compiled validator.`);
  const list = explainRequest(compiled, parts);
  if (list.total > 0) throw createInvalidRequest(list.violations, list.total);
  const sent = toRequest(route, compiled, parts);
  return callConverted(version, route.operationId, sent, async (converted) => {
    const reaction = state.react(route.operationId, converted, { account, version: version.name }, preferences);
    await wait(exchange, reaction.delayMs);
    if (reaction.outcome === 'networkError') throw new TypeError('Failed to fetch');
    if (reaction.outcome === 'hang') {
      state.journal.complete(exchange.entry, exchange.body, null, 0);
      await untilAborted(exchange.signal);
    }
    return reaction.response ?? exampleOf(state, route, version.name, reaction.preference.code);
  });
}

/** Returns the account of the client. Throws `Unauthorized`. */
function authenticate(state: MockState, { authenticated }: RouteEntry, headers: Headers): string {
  if (!authenticated) return '';
  const credentials = parseBasic(headers.get('Authorization') ?? undefined);
  const principal = credentials && state.authenticate(credentials);
  if (principal) return principal.account;
  throw new ApiError('Unauthorized', { headers: { 'WWW-Authenticate': CHALLENGE } });
}

/** Returns an example of the contract, since the browser mock cannot generate bodies. */
function exampleOf(state: MockState, { operationId }: RouteEntry, version: string, code?: number): HandlerResponse {
  const found = firstScenario(state.scenariosOf(operationId, version), code);
  if (!found) throw new Error(`The contract has no response ${code ?? '2xx'} of ${operationId}.`);
  return responseOf(found);
}

function wait({ state, entry, body, signal }: Exchange, ms: number): Promise<void> {
  if (ms === 0) return Promise.resolve();
  state.journal.wait(entry, body);
  return new Promise((settle) => {
    const timer = setTimeout(settle, ms);
    signal.addEventListener('abort', () => clearTimeout(timer));
  });
}

function write({ state, entry, request, body, version }: Exchange, result: HandlerResponse): Response {
  const { response, text } = writeResponse(request, result, version);
  const recorded = { status: result.status, headers: Object.fromEntries(response.headers), body: result.body };
  state.journal.complete(entry, body, recorded, (text?.length ?? 0) + (body?.length ?? 0));
  return response;
}

function writeResponse(request: Request, result: HandlerResponse, version: string) {
  const text = result.body === undefined ? null : JSON.stringify(result.body);
  const headers = new Headers({ 'X-Request-Id': createRequestId() });
  for (const { name, value } of bundledVersions.headersOf(version)) headers.set(name, value);
  for (const [name, value] of Object.entries(result.headers ?? {}))
    if (value !== undefined) headers.set(name, String(value));
  if (text !== null) headers.set('Content-Type', 'application/json; charset=utf-8');
  const response = new Response(request.method === 'HEAD' ? null : text, { status: result.status, headers });
  return { response, text };
}

/** Browsers offer `randomUUID` in secure contexts only. */
function createRequestId(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})/, '$1-$2-4$3-8$4-');
}
