// Server processes on one PostgreSQL database, and clients that keep creating and retry failed requests.
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashSecret } from '../../../server/auth/authenticate.ts';
import type { Store } from '../../../server/store/store.ts';
import { send, type TestResponse } from '../http/http.ts';
import { startServerProcess } from './server-process.ts';

export interface Replica {
  url: string;
  output(): string;
  /** Resolves with the exit code, or the signal that ended the process. */
  kill(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** Starts a server in production mode, without rate limits by default. Resolves when it listens. */
export async function startReplica(settings: Record<string, string>): Promise<Replica> {
  const server = startServerProcess({
    NODE_ENV: 'production',
    RATE_LIMIT_PER_MINUTE: '0',
    FAILED_LOGINS_PER_MINUTE: '0',
    ...settings,
  });
  return {
    url: await server.url,
    output: server.output,
    kill: (signal) => {
      server.child.kill(signal);
      return server.ended;
    },
  };
}

export interface Team {
  account: string;
  clientId: string;
  authorization: string;
  /** The IDs of the owner and two members. */
  body: { ownerId: string; memberIds: string[] };
}

/** Creates an account with one key and three customers. */
export async function addTeam(store: Store): Promise<Team> {
  const account = await store.addAccount(`Team ${randomUUID()}`);
  const [clientId, secret] = [`client-${randomUUID()}`, 'a secret for tests'];
  await store.addApiKey({ account, clientId, secretHash: hashSecret(secret), pinnedVersion: undefined });
  const ids = [randomUUID(), randomUUID(), randomUUID()];
  async function* people() {
    yield ids.map((id, index) => ({ id, name: `Customer ${index}` }));
  }
  await store.importCustomers(account, people());
  const [ownerId = '', ...memberIds] = ids;
  const authorization = `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
  return { account, clientId, authorization, body: { ownerId, memberIds } };
}

/** Sends a create, optionally with an idempotency key. */
export function create(url: string, { body, authorization }: Team, key?: string): Promise<TestResponse> {
  return send(url, { body, headers: { authorization, ...(key !== undefined && { 'idempotency-key': key }) } });
}

export interface Load {
  /** Times of acknowledged creates, in milliseconds of `performance.now()`. */
  acknowledgedAt: number[];
  /** The longest duration of a request, with or without response. */
  longestMs: number;
  /** Responses by status; `broken` counts requests without a response. */
  counts: Record<string, number>;
  /** Acknowledged organizations by idempotency key. */
  byKey: Map<string, string>;
  /** Acknowledged organizations of clients without keys, which do not retry. */
  withoutKey: string[];
  /** Unexpected responses: a status other than 201 and 503, or a 503 without `Retry-After`. */
  unexpected: TestResponse[];
  /** Resolves when every client has finished its current create, retries included. */
  stop(): Promise<void>;
}

/**
 * Starts clients, every second one with idempotency keys. 16 suffice for batched creates. `url` is called for each
 * request.
 */
export function startLoad(url: () => string, team: Team, clients = 16): Load {
  let stopped = false;
  const load: Load = {
    acknowledgedAt: [],
    longestMs: 0,
    counts: {},
    byKey: new Map(),
    withoutKey: [],
    unexpected: [],
    stop: async () => {
      stopped = true;
      await Promise.all(running);
    },
  };
  const attempt = async (key?: string): Promise<string | undefined> => {
    const began = performance.now();
    const response = await create(url(), team, key).catch((error: unknown) => {
      // Connection errors are expected when the server is killed; contract violations are not.
      if (!(error instanceof Error && 'code' in error)) throw error;
      return undefined;
    });
    load.longestMs = Math.max(load.longestMs, performance.now() - began);
    const status = response?.status ?? 'broken';
    load.counts[status] = (load.counts[status] ?? 0) + 1;
    if (response?.status === 201) {
      load.acknowledgedAt.push(performance.now());
      return idIn(response);
    }
    if (response && !(response.status === 503 && Number(response.headers['retry-after']) > 0))
      load.unexpected.push(response);
    await sleep(10); // The pause is shorter than `Retry-After`, to see when the service recovers.
    return undefined;
  };
  const run = async (withKey: boolean) => {
    while (!stopped) {
      if (!withKey) {
        const id = await attempt();
        if (id) load.withoutKey.push(id);
        continue;
      }
      const key = randomUUID();
      for (let id: string | undefined; id === undefined; ) {
        id = await attempt(key);
        if (id) load.byKey.set(key, id);
      }
    }
  };
  const running = Array.from({ length: clients }, (_, index) => run(index % 2 !== 0));
  return load;
}

function idIn({ body }: TestResponse): string | undefined {
  return typeof body === 'object' && body !== null && 'id' in body ? String(body.id) : undefined;
}

/** Reads idempotency keys. */
type Query = (text: string, values: unknown[]) => Promise<{ key: string; id: string }[]>;

/** Differences between stored and acknowledged organizations: none may be lost or stored twice. */
export async function compare(load: Load, team: Team, store: Store, query: Query): Promise<string[]> {
  const stored = new Set<string>();
  for await (const { id, members } of store.listOrganizations(team.account)) {
    if (members.length === team.body.memberIds.length) stored.add(id);
  }
  const keys = await query(
    'SELECT idempotency_key AS key, organization_id AS id FROM idempotency_keys WHERE account_id = $1',
    [team.account],
  );
  const lost = [...load.withoutKey, ...load.byKey.values()].filter((id) => !stored.has(id));
  const other = keys.filter(({ key, id }) => load.byKey.get(key) !== id);
  const doubled = new Set(load.byKey.values()).size === load.byKey.size ? [] : ['one organization with two keys'];
  // Only unacknowledged creates without a key may be stored in addition.
  const unkeyed = stored.size - load.byKey.size - load.withoutKey.length;
  const unavailable = (load.counts['503'] ?? 0) + (load.counts.broken ?? 0);
  return [
    ...lost.map((id) => `lost ${id}`),
    ...other.map(({ key }) => `another organization for ${key}`),
    ...doubled,
    ...(keys.length === load.byKey.size ? [] : [`${keys.length} keys stored, ${load.byKey.size} acknowledged`]),
    ...(unkeyed >= 0 && unkeyed <= unavailable ? [] : [`${unkeyed} unexpected organizations`]),
  ];
}
