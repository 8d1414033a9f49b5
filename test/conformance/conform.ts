// The suite as a function: tests an implementation that runs somewhere, or a handler in this process.
import { contract } from '../../generated/contract.ts';
import { olderContracts } from '../../generated/versions.ts';
import { basePathOf, type Contract } from '../../openapi/model/contract.ts';
import type { Case, Credentials, HttpRequest, Subject } from './cases/case.ts';
import { type ApiVersion, selectVersions } from './options/api-versions.ts';
import { explainUrl, toBaseUrl } from './options/base-url.ts';
import { checkConformArguments } from './options/conform-options.ts';
import { sampleCustomers } from './options/sample-customers.ts';
import { readBaseline } from './reports/baseline.ts';
import { createReport } from './reports/create-report.ts';
import { createRunSuite, type RunSettings, runAgainst } from './run/run.ts';
import type { Suite } from './run/suite.ts';
import { type FetchHandler, type NodeHandler, serveFetchHandler, serveNodeHandler } from './send/serve-handler.ts';
import { TIMEOUT_MS } from './send/transport.ts';

export type { FetchHandler, NodeHandler } from './send/serve-handler.ts';

import type { Baseline, Report } from './report.ts';

/** The implementation under test: exactly one of its URL, a Node request listener, and a fetch handler. */
export type ConformanceTarget =
  | {
      /** The base URL. If it has no path, `/api` is added. */
      url: string | URL;
      /** Not allowed with a URL. */
      listener?: undefined;
      /** Not allowed with a URL. */
      fetch?: undefined;
    }
  | {
      /** A request listener, such as an Express app or Koa's `app.callback()`. It serves the API below `/api`. */
      listener: NodeHandler;
      /** Not allowed with a listener. */
      url?: undefined;
      /** Not allowed with a listener. */
      fetch?: undefined;
    }
  | {
      /** A fetch handler, such as Hono's `app.fetch`. It serves the API below `/api`. */
      fetch: FetchHandler;
      /** Not allowed with a fetch handler. */
      url?: undefined;
      /** Not allowed with a fetch handler. */
      listener?: undefined;
    };

/** The options of {@link conform}. */
export interface ConformOptions {
  /** The credentials of the test account. Default: client ID `key`, secret `secret`. */
  credentials?: {
    /** The client ID, without a colon. */
    clientId: string;
    /** The secret. */
    clientSecret: string;
  };
  /** Another client of the same account. It is needed to check what clients of an account share. */
  user2?: {
    /** The client ID, without a colon. */
    clientId: string;
    /** The secret. */
    clientSecret: string;
  };
  /**
   * A client of another account, which has none of these customers. It is needed to check that accounts are isolated.
   */
  otherUser?: {
    /** The client ID, without a colon. */
    clientId: string;
    /** The secret. */
    clientSecret: string;
  };
  /** The names of customers of the account, by ID, as the implementation must return them. */
  customers?: Readonly<Record<string, string>>;
  /** A customer that may own an organization. Default: a customer of the contract's examples. */
  owner?: string;
  /** Customers that may be members. Default: others of the examples, or the given owner. */
  members?: readonly string[];
  /** The base path of a handler. Default: `/api`. */
  basePath?: string;
  /** The version of the API to test. Default: the newest. */
  apiVersion?: string;
  /** The number of random combinations, besides the derived requests. Default: 300. */
  requests?: number;
  /** The seed of the combinations; the same seed sends the same ones. Default: random, and in the report. */
  seed?: number;
  /** Requests per second. Default: 24 for a URL, unlimited for a handler. Sending pauses after a 429. */
  rate?: number;
  /** Time limit for one complete response, in milliseconds. Default: 30,000. */
  timeoutMs?: number;
  /** Whether the implementation is a mock, which accepts any credentials, knows no customers and stores nothing. */
  mock?: boolean;
  /** Whether headers that the contract does not declare are failures. By default, they are only noted. */
  strictHeaders?: boolean;
  /** Undeclared headers that are allowed: neither failures nor noted. */
  allowedHeaders?: readonly string[];
  /** The rules to test, by their names in the report. Default: all. */
  only?: readonly string[];
  /** Known failures: an earlier report, or entries of one. They do not count in `conforms`. */
  baseline?: Baseline;
}

const DEFAULT_REQUESTS = 300;
/** A rate below the contract's rate limit. */
const DEFAULT_URL_RATE = 24;

/**
 * Sends requests derived from the contract to an implementation, and validates every response. It creates
 * organizations. A handler is served on a free port of this machine for as long as the run takes.
 *
 * @returns the report. An implementation that is not available, or rejects the credentials, gives a report too, with
 * `conforms: null` and an `abortReason`. So does a handler that throws, with what it threw as `handlerErrors`.
 * @throws TypeError when the target or an option is invalid or unknown; the message names the nearest option
 * @example
 * const report = await conform({ url: 'http://localhost:3000/api' });
 * console.log(report.conforms, report.failures);
 */
export async function conform(target: ConformanceTarget, options: ConformOptions = {}): Promise<Report> {
  checkConformArguments(target, options);
  await using server = await serve(target, options.basePath ?? basePathOf(contract));
  const version = findVersion(options.apiVersion);
  const settings = createSettings(server.url, target, options, version.name);
  const suite = createSuiteOf(version.contract, settings);
  // Requests that the Fetch API cannot express, such as TRACE, never reach a fetch handler.
  if (target.fetch) suite.cases = suite.cases.filter(isFetchRequest);
  const result = await runAgainst(version.contract, settings, suite, { add: () => {}, wait: () => {} });
  const report = createReport({ contract: version.contract, settings, result, suite });
  return server.errors.length > 0 ? { ...report, handlerErrors: server.errors } : report;
}

interface Served extends AsyncDisposable {
  /** The base URL. */
  url: string;
  /** The errors that the handler threw. */
  errors: readonly unknown[];
}

async function serve({ url, listener, fetch }: ConformanceTarget, basePath: string): Promise<Served> {
  const given = [url, listener, fetch].filter((each) => each !== undefined);
  if (given.length !== 1) throw new TypeError('conform needs one target: { url }, { listener } or { fetch }.');
  if (url !== undefined) {
    const error = explainUrl(String(url));
    if (error !== undefined) throw new TypeError(`Invalid url: ${error}.`);
    return { url: toBaseUrl(contract, String(url)), errors: [], [Symbol.asyncDispose]: async () => {} };
  }
  const server = listener ? await serveNodeHandler(listener) : await serveFetchHandler(fetch);
  return Object.assign(server, { url: `http://127.0.0.1:${server.port}${basePath.replace(/\/$/, '')}` });
}

function createSettings(
  url: string,
  target: ConformanceTarget,
  options: ConformOptions,
  apiVersion: string | undefined,
): RunSettings {
  const { mock = false, strictHeaders = false, allowedHeaders = [], only = [] } = options;
  const { user2, otherUser, customers = {} } = options;
  const sample = sampleCustomers([contract, ...olderContracts.map((each) => each.contract)]);
  const owner = (options.owner ?? sample.owner).toLowerCase();
  // The sample members belong to the sample owner's account.
  const members = options.members ?? (owner === sample.owner ? sample.members : [owner]);
  const subject: Subject = {
    ...readUser(options.credentials ?? { clientId: 'key', clientSecret: 'secret' }),
    ...(user2 && { user2: readUser(user2) }),
    ...(otherUser && { otherUser: readUser(otherUser) }),
    names: new Map(Object.entries(customers).map(([id, name]) => [id.toLowerCase(), name])),
    ...{ url, owner, members: members.map((each) => each.toLowerCase()) },
    ...(apiVersion !== undefined && { apiVersion }),
    ...(mock && { mock }),
  };
  const baseline = options.baseline === undefined ? undefined : parseBaseline(options.baseline);
  return {
    subject,
    seed: options.seed ?? baseline?.seed ?? Math.floor(Math.random() * 2 ** 31),
    requests: options.requests ?? DEFAULT_REQUESTS,
    rate: options.rate ?? (target.url === undefined ? undefined : DEFAULT_URL_RATE),
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    ...{ strictHeaders, allowedHeaders: allowedHeaders.map((name) => name.toLowerCase()), only },
    baseline,
  };
}

function readUser({ clientId, clientSecret: secret }: NonNullable<ConformOptions['credentials']>): Credentials {
  return { clientId, secret };
}

function parseBaseline(baseline: Baseline): Baseline {
  try {
    return readBaseline(JSON.stringify(baseline));
  } catch (error) {
    throw new TypeError(`Invalid baseline: ${error instanceof Error ? error.message : error}.`, { cause: error });
  }
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

/** The version to test: one, because a run has one report. Default: the newest. */
function findVersion(asked = olderContracts.length > 0 ? contract.info.version : undefined): ApiVersion {
  try {
    const [version] = selectVersions(contract, olderContracts, asked);
    return version ?? { name: undefined, contract };
  } catch (error) {
    if (error instanceof RangeError) throw new TypeError(`Invalid apiVersion: ${error.message}.`, { cause: error });
    throw error;
  }
}

function createSuiteOf(contract: Contract, settings: RunSettings): Suite {
  try {
    return createRunSuite(contract, settings);
  } catch (error) {
    if (error instanceof RangeError) throw new TypeError(sentence(error.message), { cause: error });
    throw error;
  }
}

function isFetchRequest({ before = [], request }: Case): boolean {
  return [...before, request].every(canBeFetched);
}

function canBeFetched({ method, path, headers, body }: HttpRequest): boolean {
  try {
    return Boolean(new Request(`http://localhost${path}`, { method, headers, body: body ?? null }));
  } catch {
    return false; // A `Request` cannot have this method, header or body.
  }
}
