// Starts the mock: the server's edge with the mock's handlers. Used by `npm run mock` and by tests.
import { type Logger, pino } from 'pino';
import { contract as bundledContract } from '../generated/contract.ts';
import { basePathOf, type Contract } from '../openapi/model/contract.ts';
import { createApp } from '../server/edge/app.ts';
import { listen } from '../server/http/listen.ts';
import { serveReference } from '../server/ops/reference.ts';
import { StartupError } from '../server/startup-error.ts';
import { type Delay, delayRequests, explainInvalidDelay } from './delay.ts';
import { createMockHandlers } from './handlers.ts';
import { takePreferences } from './preferences.ts';
import { createPrism } from './prism.ts';

/** The options of {@link startMock}. */
export interface MockOptions {
  /** The port to listen on; 0 picks a free one. Default: 4010. */
  port?: number;
  /** The address to listen on. Default: 127.0.0.1. */
  host?: string;
  /** The delay of each response in milliseconds, or a range of delays: 0 to 60,000. Default: 0. */
  delay?: Delay;
  /** Default: no log. */
  log?: Logger;
  /** Another contract to mock. Default: that of this package. */
  contract?: Contract;
  /** The folder of the reference site that is served at `/`. Default: that of this package. */
  reference?: string;
}

/** A running mock. */
export interface Mock {
  /** The base URL of the API, such as `http://127.0.0.1:4010/api`. */
  url: string;
  /** The port it listens on. */
  port: number;
  /** Closes all connections at once. Resolves when the mock keeps no process alive. */
  close(): Promise<void>;
}

/** The default of the `port` option. */
export const DEFAULT_PORT = 4010;
/** The default of the `host` option: reachable from this machine only. */
export const DEFAULT_HOST = '127.0.0.1';

/** Prism is loaded after the first requests, most of which do not need it, or by the first preference. */
const LOAD_PRISM_AFTER_MS = 500;

/**
 * Starts a mock of the API. It accepts any well-formed HTTP Basic credentials and any origin. Several mocks in one
 * process share nothing.
 *
 * @throws StartupError when the port is not available, or the delay is invalid
 *
 * @example
 * const mock = await startMock({ port: 0, delay: [100, 800] });
 * const client = createClient({ baseUrl: mock.url, clientId: 'any', clientSecret: 'thing' });
 * await mock.close();
 */
export async function startMock({
  port = DEFAULT_PORT,
  host = DEFAULT_HOST,
  delay = 0,
  log = pino({ level: 'silent' }),
  contract = bundledContract,
  reference,
}: MockOptions = {}): Promise<Mock> {
  const invalidDelay = explainInvalidDelay(delay);
  if (invalidDelay) throw new StartupError(invalidDelay);
  const prism = createPrism(contract);
  const app = await createApp(createMockHandlers(contract, prism.respond), {
    authenticate: ({ clientId }) => ({ account: clientId, clientId }),
    prepare: takePreferences,
    corsOrigins: '*',
    log,
    ...(contract !== bundledContract && { contract }),
    // The reference site comes first, so that it is not delayed.
    middleware: [serveReference(reference), ...(delay !== 0 ? [delayRequests(delay)] : [])],
  });
  const server = await listen(app, {
    port,
    host,
    log,
    portHint: `npm run mock -- --port ${port < 65_535 ? port + 1 : DEFAULT_PORT}`,
  });
  const timer = setTimeout(prism.load, LOAD_PRISM_AFTER_MS).unref();
  return {
    url: server.url + basePathOf(contract),
    port: server.port,
    close: async () => {
      clearTimeout(timer);
      await server.close(0);
      await prism.close();
    },
  };
}
