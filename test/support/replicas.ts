// Servers on one PostgreSQL database, as processes of their own, and clients that keep creating and repeat what was not answered.
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashSecret } from '../../server/auth/authenticate.ts';
import type { Store } from '../../server/store/store.ts';
import { type Answered, send } from './http.ts';
import { startServerProcess } from './server-process.ts';

export interface Replica {
  url: string;
  output(): string;
  /** Resolves with the exit code when it is gone, or with the signal that ended it. */
  kill(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** A server process for real customers, without limits unless these settings say otherwise. Resolves when it listens. */
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
  /** The owner and two members. */
  body: { ownerId: string; memberIds: string[] };
}

/** A new account with one key and three customers. */
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

/** Sends a create, with this idempotency key if there is one. */
export function create(url: string, { body, authorization }: Team, key?: string): Promise<Answered> {
  return send(url, { body, headers: { authorization, ...(key !== undefined && { 'idempotency-key': key }) } });
}

export interface Load {
  /** When each create was acknowledged, in milliseconds of `performance.now()`. */
  acknowledgedAt: number[];
  /** The longest that any request took, answered or broken. */
  longestMs: number;
  /** Answers by status; `broken` for requests without one. */
  counts: Record<string, number>;
  /** Organizations that were acknowledged, by the key they were asked for with. */
  byKey: Map<string, string>;
  /** Organizations that were acknowledged to clients without keys, which do not repeat. */
  withoutKey: string[];
  /** What must not happen: other statuses than 201 and 503, or a 503 without Retry-After. */
  wrong: Answered[];
  /** Lets every client finish what it is at, repeating it until it is acknowledged. */
  stop(): Promise<void>;
}

/** Starts so many clients, every second one with keys: enough without that some of their creates share a statement. `url` may give another address for each request. */
export function startLoad(url: () => string, team: Team, clients = 16): Load {
  let stopped = false;
  const load: Load = {
    acknowledgedAt: [],
    longestMs: 0,
    counts: {},
    byKey: new Map(),
    withoutKey: [],
    wrong: [],
    stop: async () => {
      stopped = true;
      await Promise.all(running);
    },
  };
  const ask = async (key?: string): Promise<string | undefined> => {
    const began = performance.now();
    const answer = await create(url(), team, key).catch((error: unknown) => {
      // Cut off or refused: the server was killed. What breaks the contract is no such thing.
      if (!(error instanceof Error && 'code' in error)) throw error;
      return undefined;
    });
    load.longestMs = Math.max(load.longestMs, performance.now() - began);
    const status = answer?.status ?? 'broken';
    load.counts[status] = (load.counts[status] ?? 0) + 1;
    if (answer?.status === 201) {
      load.acknowledgedAt.push(performance.now());
      return idIn(answer);
    }
    if (answer && !(answer.status === 503 && Number(answer.headers['retry-after']) > 0)) load.wrong.push(answer);
    await sleep(10); // Not what Retry-After asks for: the test wants to see when service is back.
    return undefined;
  };
  const run = async (withKey: boolean) => {
    while (!stopped) {
      if (!withKey) {
        const id = await ask();
        if (id) load.withoutKey.push(id);
        continue;
      }
      const key = randomUUID();
      for (let id: string | undefined; id === undefined; ) {
        id = await ask(key);
        if (id) load.byKey.set(key, id);
      }
    }
  };
  const running = Array.from({ length: clients }, (_, index) => run(index % 2 !== 0));
  return load;
}

function idIn({ body }: Answered): string | undefined {
  return typeof body === 'object' && body !== null && 'id' in body ? String(body.id) : undefined;
}

/** Reads idempotency keys. */
type Query = (text: string, values: unknown[]) => Promise<{ key: string; id: string }[]>;

/** What is wrong with what is stored, compared with what was acknowledged: nothing may be lost, and nothing be there twice. */
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
  const doubled = new Set(load.byKey.values()).size === load.byKey.size ? [] : ['two keys with one organization'];
  // Creates without a key that nobody was told of are the only ones that may be more.
  const unkeyed = stored.size - load.byKey.size - load.withoutKey.length;
  const unanswered = (load.counts['503'] ?? 0) + (load.counts.broken ?? 0);
  return [
    ...lost.map((id) => `lost ${id}`),
    ...other.map(({ key }) => `another organization for ${key}`),
    ...doubled,
    ...(keys.length === load.byKey.size ? [] : [`${keys.length} keys stored, ${load.byKey.size} acknowledged`]),
    ...(unkeyed >= 0 && unkeyed <= unanswered ? [] : [`${unkeyed} organizations that nobody asked for`]),
  ];
}
