// Starts the mock: the server's edge with the mock's handlers. Used by the mock command and by tests.
import '../openapi/command/require-node.ts';
import { type RequestHandler, Router } from 'express';
import { type Logger, pino } from 'pino';
import { contract as bundledContract } from '../generated/contract.ts';
import { examples } from '../generated/examples.ts';
import { olderExamples } from '../generated/version-examples.ts';
import { commandName } from '../openapi/command/command-name.ts';
import { BOOLEAN, integerFrom, isRecord, type Rule, type Rules } from '../openapi/model/check/check-options.ts';
import type { Contract } from '../openapi/model/contract.ts';
import { readExamples } from '../openapi/model/examples/contract-examples.ts';
import { readOperationTables } from '../openapi/model/operation-tables.ts';
import { createApp } from '../server/edge/app.ts';
import { checkBundledChanges } from '../server/edge/conversions/check-changes.ts';
import { listen } from '../server/http/listen.ts';
import { serveReference } from '../server/site/reference.ts';
import { StartupError } from '../server/startup-error.ts';
import { closeForBrowsers } from './close-for-browsers.ts';
import { type ControlOptions, createControlApi } from './control/control-api.ts';
import { checkMockOptions } from './core/check-data.ts';
import type { MockControls, MockData } from './core/mock-controls.ts';
import { controlsOf, MockState } from './core/mock-state.ts';
import { DEFAULT_HOST, DEFAULT_PORT } from './default-address.ts';
import { checkDelay, type Delay, delayRequests } from './delay.ts';
import { createMockHandlers } from './handlers.ts';
import { createPrism } from './prism/prism.ts';
import { recordRequests, toMockRequest, waitInRecord } from './record-requests.ts';

/** The options of {@link startMock}. */
export interface MockOptions extends MockData {
  /** The port to listen on; 0 picks a free one. Default: 4010. */
  port?: number | undefined;
  /** The address to listen on. Default: 127.0.0.1. */
  host?: string | undefined;
  /** The delay of each response in milliseconds, or a range of delays: 0 to 60,000. Default: 0. */
  delay?: Delay | undefined;
  /**
   * Lets other machines, and pages of any origin, use the controls under `/_mock`. Default: only programs and pages of
   * the same machine may.
   */
  openControl?: boolean | undefined;
  /** The logger. Default: nothing is logged. */
  log?: Logger | undefined;
  /** Another contract to mock. Default: that of this package. */
  contract?: Contract | undefined;
  /** The folder of the reference site that is served at `/`. Default: that of this package. */
  reference?: string | undefined;
}

/** A running mock. */
export interface Mock extends MockControls {
  /** The base URL of the API, such as `http://127.0.0.1:4010/api`. */
  url: string;
  /** The port that it listens on. */
  port: number;
  /** Closes all connections at once. Resolves when the mock no longer keeps the process alive. */
  close(): Promise<void>;
}

/**
 * Starts a mock of the API, and lets a test drive it. By default it accepts any well-formed HTTP Basic credentials, any
 * customers and any origin. Several mocks in one process share no state and no requests.
 *
 * @throws StartupError when the port is not available, or an option is unknown or invalid
 *
 * @example
 * const mock = await startMock({ port: 0, customers: [{ id: '50af5191-05a3-42a5-802a-6b59091157af', name: 'Acme' }] });
 * mock.next('RateLimited');
 * const client = createClient({ baseUrl: mock.url, credentials: { clientId: 'any', clientSecret: 'thing' } });
 * await mock.waitForRequest(({ response }) => response?.status === 429);
 * mock.reset();
 * await mock.close();
 */
export async function startMock(options: MockOptions = {}): Promise<Mock> {
  rejectInvalid(options);
  const {
    port = DEFAULT_PORT,
    host = DEFAULT_HOST,
    delay = 0,
    openControl = false,
    log = pino({ level: 'silent' }),
    contract = bundledContract,
    reference,
    ...data
  } = options;
  const { routes, edgeHeaders, basePath } = readOperationTables(contract);
  const isOther = contract !== bundledContract;
  if (!isOther) checkBundledChanges();
  const state = isOther
    ? new MockState(readExamples(contract, edgeHeaders), data)
    : new MockState(examples, data, olderExamples);
  const prism = createPrism(contract);
  const app = await createApp(createMockHandlers(routes, state, prism.respond), {
    authenticate: (credentials) => state.authenticate(credentials),
    prepare: (request) => toMockRequest(state.journal, request),
    corsOrigins: '*',
    log,
    ...(isOther && { contract }),
    middleware: createMiddleware(state, { reference, isOpen: openControl, host, delay }),
  });
  const server = await listen(closeForBrowsers(app), {
    port,
    host,
    log,
    // The hint for users of the command, and for tests.
    portHint: `${commandName('mock')} --port ${port < 65_535 ? port + 1 : DEFAULT_PORT}, or \`port: 0\` in a test`,
  });
  return Object.assign(controlsOf(state), {
    url: server.url + basePath,
    port: server.port,
    close: async () => {
      state.close();
      await server.close(0);
      await prism.close();
    },
  });
}

interface MiddlewareOptions extends ControlOptions {
  /** The folder of the reference site. */
  reference: string | undefined;
  delay: Delay;
}

/** Creates the middleware. The reference site and the controls come first, so that they are not delayed. */
function createMiddleware(state: MockState, { reference, delay, ...control }: MiddlewareOptions): RequestHandler[] {
  const controlApi = createControlApi(state, control);
  return [
    serveReference(reference),
    Router({ strict: true, caseSensitive: true }).use('/_mock', controlApi),
    recordRequests(state),
    ...(delay !== 0
      ? [delayRequests(delay, (response, ms, next) => waitInRecord(state.journal, response, ms, next))]
      : []),
  ];
}

const TEXT: Rule = {
  expected: 'a text that is not empty',
  isValid: (value) => typeof value === 'string' && value.trim() !== '',
};

/** The rules of {@link MockOptions}, besides those of its data. */
const RULES: Rules = {
  port: integerFrom(0, 65_535),
  host: TEXT,
  // `checkDelay` validates it, with a more precise message.
  delay: { expected: 'a delay', isValid: () => true },
  openControl: BOOLEAN,
  log: { expected: 'a logger of pino', isValid: (value) => typeof Object(value).child === 'function' },
  contract: {
    expected: 'a bundled OpenAPI 3.1 document with `paths` and `components.schemas`',
    isValid: (value) => isRecord(value) && isRecord(value.paths) && isRecord(Object(value.components).schemas),
  },
  reference: TEXT,
};

function rejectInvalid(options: MockOptions): void {
  try {
    checkMockOptions(options, RULES);
    checkDelay(options.delay);
  } catch (error) {
    if (error instanceof TypeError) throw new StartupError(error.message);
    throw error;
  }
}
