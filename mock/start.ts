// Starts the mock: the server's edge with the mock's handlers, for `npm run mock`, for a test or a Storybook.
import { type Logger, pino } from 'pino';
import { contract } from '../generated/contract.ts';
import { basePath } from '../generated/operations.ts';
import { createApp } from '../server/edge/app.ts';
import { listen } from '../server/http/listen.ts';
import { serveReference } from '../server/ops/reference.ts';
import { StartupError } from '../server/startup-error.ts';
import { type Delay, findFault, wait } from './delay.ts';
import { createMockHandlers } from './handlers.ts';
import { takePreferences } from './preferences.ts';
import { createPrism } from './prism.ts';

/** What `startMock` takes. */
export interface MockOptions {
  /** Default 4010; 0: any that is free. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Milliseconds before every answer, or the least and the most of them; 60,000 at most. Default: 0. */
  delay?: Delay;
  /** Default: silent. */
  log?: Logger;
}

/** A mock that runs. */
export interface Mock {
  /** With the base path, such as `http://127.0.0.1:4010/api`. */
  url: string;
  /** The port that it listens on. */
  port: number;
  /** Cuts off what is still open. Resolves when nothing of the mock is left. */
  close(): Promise<void>;
}

/** Where the mock listens when it is not told otherwise. */
export const DEFAULT_PORT = 4010;
/** The address that it listens on when it is not told otherwise: of this machine alone. */
export const DEFAULT_HOST = '127.0.0.1';

/** Most requests need no Prism, so it is loaded when the first of them are answered already; a wish that comes before loads it at once. */
const PRISM_AFTER_MS = 500;

/**
 * Resolves when requests are answered. Any well-formed HTTP Basic credentials are accepted, and any origin. Several mocks in one process share nothing.
 * @throws StartupError when the port cannot be had, or the delay makes no sense
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
}: MockOptions = {}): Promise<Mock> {
  const fault = findFault(delay);
  if (fault) throw new StartupError(fault);
  const prism = createPrism(contract);
  const app = await createApp(createMockHandlers(contract, prism.answer), {
    authenticate: ({ clientId }) => ({ account: clientId, clientId }),
    prepare: takePreferences,
    corsOrigins: '*',
    log,
    // The reference is no answer of the API, so it is not delayed.
    middleware: [serveReference(), ...(delay !== 0 ? [wait(delay)] : [])],
  });
  const server = await listen(app, {
    port,
    host,
    log,
    portHint: `npm run mock -- --port ${port < 65_535 ? port + 1 : DEFAULT_PORT}`,
  });
  const idle = setTimeout(prism.load, PRISM_AFTER_MS).unref();
  return {
    url: server.url + basePath,
    port: server.port,
    close: async () => {
      clearTimeout(idle);
      await server.close(0);
      await prism.close();
    },
  };
}
