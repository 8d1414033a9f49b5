// `npm run bench -- hostile [NAME] [CUSTOMERS]`: measures the cost of rejected bodies for the server and the mock,
// beside that of JSON.parse alone, and how much longer another client waits while one sends the worst of them. A NAME
// limits it to bodies whose name contains it. CUSTOMERS is the number of customers of the account, besides those of the
// demo.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SAMPLE_CUSTOMERS, seedDemo } from '../../../server/demo/demo.ts';
import type { Customer } from '../../../server/store/records.ts';
import { openSqliteStore } from '../../../server/store/sqlite/store.ts';
import { createApiKey } from '../../support/api-key.ts';
import { ATTACK_BODIES } from '../../support/bodies/attack-bodies.ts';
import { encodeAttack } from '../../support/bodies/body-parts.ts';
import { knownCustomer, MOST_MEMBERS, UNKNOWN_CUSTOMERS } from '../../support/bodies/unknown-customers.ts';
import { DEMO } from '../../support/http/http.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { MIB } from '../../support/units.ts';
import { median, pin, printResults } from '../support/measure.ts';
import type { AttackResult } from './attacker.ts';
import { cpuMs, send, start, startParser, type Target } from './hostile-target.ts';

const ALL_BODIES = { ...ATTACK_BODIES, ...UNKNOWN_CUSTOMERS };

/** Processor time that a rejected body may take, by its size in bytes. */
const LIMITS = [
  { size: MIB, title: '1 MiB', atMostMs: 15 },
  { size: 32_768, title: '32 KiB', atMostMs: 3 },
];
/** How much longer the slowest hundredth of another client's requests may take. */
const RATIO_AT_MOST = 3;

const WARM_UP_REQUESTS = 10;
const REQUESTS = 25;

/** The number of requests that a client may send per minute by default. */
const PER_MINUTE = 1500;
const ROUNDS = 3;
const SECONDS = 20;

interface Cost {
  body: string;
  size: string;
  cpuMs: number;
  responseKb: number;
  atMostMs: number;
  /** The number of responses with 503 to a body that should get another one. */
  unserved: number;
}

async function measureCosts({ child, url }: Target, names: readonly string[]): Promise<Cost[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const costs: Cost[] = [];
  for (const { size, title, atMostMs } of LIMITS) {
    for (const name of names) {
      const attack = ALL_BODIES[name];
      if (!attack) continue;
      const { body, headers: own } = encodeAttack(attack, size);
      const headers = { authorization: DEMO, ...own };
      const samples: number[] = [];
      let responseBytes = 0;
      let unserved = 0;
      for (let count = 0; count < WARM_UP_REQUESTS + REQUESTS; count++) {
        const before = await cpuMs(child);
        const { status, bytes, text } = await send(url, agent, headers, body);
        if (status === 503 && attack.type !== 'Unavailable') {
          unserved++;
          continue;
        }
        if (status >= 500 && status !== 503) throw new Error(`"${name}" got ${status}: ${text}`);
        // The mock knows every customer.
        if (status < 400) break;
        if (count >= WARM_UP_REQUESTS) samples.push((await cpuMs(child)) - before);
        responseBytes = bytes;
      }
      if (samples.length > 0)
        costs.push({
          body: name,
          size: title,
          cpuMs: median(samples),
          responseKb: responseBytes / 1024,
          atMostMs,
          unserved,
        });
      process.stderr.write(`${costs.length} of ${names.length * LIMITS.length} bodies\r`);
    }
  }
  agent.destroy();
  return costs;
}

/**
 * Starts a process that sends this body as often as one client may, until it is stopped. Resolves, when it has begun,
 * with a function that stops it, and resolves with the number of bodies not served.
 */
async function startAttack(url: string, name: string): Promise<() => Promise<number>> {
  const attacker = fork(ATTACKER, [url, name, String(PER_MINUTE)]);
  pin(attacker.pid, 1);
  const fail = once(attacker, 'exit').then(([code]): never => {
    throw new Error(`The attack ended with ${code}.`);
  });
  const reply = () => Promise.race([once(attacker, 'message'), fail]);
  await reply();
  return async () => {
    const replied = reply();
    attacker.send('stop');
    const [result] = await replied;
    const { unserved, failure }: AttackResult = result;
    if (failure) throw new Error(`The attack got ${failure}`);
    return unserved;
  };
}

const ATTACKER = new URL('./attacker.ts', import.meta.url);

const [OWNER, ...MEMBERS] = SAMPLE_CUSTOMERS.map(({ id }) => id);

/** The slowest hundredth of another client's requests. */
interface Wait {
  /** The body of the attack. */
  body: string;
  aloneMs: number;
  attackedMs: number;
  /** Bodies of the attack that got 503, or whose connection was closed. */
  unserved: number;
  /** Requests of the other client that got 503, or whose connection was closed. There should be none. */
  othersUnserved: number;
}

/**
 * Measures the requests of a client that sends one after the other, at times that do not depend on the attack. Requests
 * that were not served are counted.
 */
async function observe(url: string, authorization: string): Promise<{ took: number[]; othersUnserved: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const took: number[] = [];
  let othersUnserved = 0;
  const body = JSON.stringify({ ownerId: OWNER, memberIds: MEMBERS });
  const endMs = performance.now() + SECONDS * 1000;
  while (performance.now() < endMs) {
    try {
      const { status, tookMs, text } = await send(url, agent, { authorization }, body);
      if (status !== 201) throw new Error(`${status}: ${text}`);
      took.push(tookMs);
    } catch (error) {
      othersUnserved++;
      process.stderr.write(`\nThe other client got ${error instanceof Error ? error.message : error}\n`);
    }
    // The average rate is a little below the limit.
    await sleep(Math.random() * 2 * (65_000 / PER_MINUTE));
  }
  agent.destroy();
  return { took, othersUnserved };
}

const p99 = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN;

async function measureWait({ url }: Target, authorization: string, body: string): Promise<Wait> {
  const [alone, attacked]: [number[], number[]] = [[], []];
  let [unserved, othersUnserved] = [0, 0];
  await observe(url, authorization);
  for (let round = 1; round <= ROUNDS; round++) {
    const before = await observe(url, authorization);
    alone.push(...before.took);
    const stop = await startAttack(url, body);
    const observed = await observe(url, authorization);
    attacked.push(...observed.took);
    othersUnserved += before.othersUnserved + observed.othersUnserved;
    unserved += await stop();
    process.stderr.write(`round ${round} of ${ROUNDS} beside the attack\r`);
  }
  return { body, aloneMs: p99(alone), attackedMs: p99(attacked), unserved, othersUnserved };
}

const AMONG_KNOWN = 'an unknown customer among others';

/** The number of customers that are imported at a time. */
const BATCH = 1000;

async function* knownCustomers(count: number): AsyncIterable<Customer[]> {
  for (let start = 0; start < count; start += BATCH)
    yield Array.from({ length: Math.min(BATCH, count - start) }, (_, index) => ({
      id: knownCustomer(start + index),
      name: `Customer number ${start + index}`,
    }));
}

/**
 * Creates a database with the demo key, which attacks, another key of the same account, and so many customers of that
 * account. Returns the credentials of the other key.
 */
async function prepareDatabase(path: string, customers: number): Promise<string> {
  const store = openSqliteStore({ path });
  await seedDemo(store);
  const account = (await store.findApiKey('key'))?.account;
  if (account === undefined) throw new Error('The demo key is missing.');
  const { clientId, secret, stored } = createApiKey(account);
  await store.addApiKey(stored);
  await store.importCustomers(account, knownCustomers(customers));
  await store.close();
  return `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
}

export async function run(): Promise<void> {
  const [, filter = '', customers = '0'] = process.argv.slice(2);
  if (!/^\d+$/.test(customers)) throw new Error(`"${customers}" is not a number of customers.`);
  // Without these customers, the body would be one more of unknown ones.
  const hasKnown = Number(customers) >= MOST_MEMBERS;
  const names = Object.keys(ALL_BODIES).filter((name) => name.includes(filter) && (hasKnown || name !== AMONG_KNOWN));
  await using folder = await temporaryFolder();
  const database = join(folder.path, 'bench.db');
  const other = await prepareDatabase(database, Number(customers));
  pin(process.pid, 1);
  const env = { DATABASE_PATH: database, PORT: '0' };
  const targets = {
    // Single measurements are sent at a higher rate than a client may send.
    server: [() => start('start', [], { ...env, RATE_LIMIT_PER_MINUTE: '0' }), () => start('start', [], env)],
    mock: [() => start('mock', ['--port', '0'], {}), () => start('mock', ['--port', '0'], {})],
  } as const;
  // Without a bound, these take seconds to decompress.
  const bounded = names.filter((name) => ALL_BODIES[name]?.type !== 'Unavailable');
  const parsing = await withTarget(startParser, (target) => measureCosts(target, bounded));
  const costs: Record<string, Cost[]> = {};
  const waits: Record<string, Wait> = {};
  for (const [title, [startForCosts, startForWaits]] of Object.entries(targets)) {
    costs[title] = await withTarget(startForCosts, (target) => measureCosts(target, names));
    reportCosts(title, costs[title], parsing);
    const worst = costs[title].toSorted((a, b) => b.cpuMs - a.cpuMs)[0]?.body;
    // The mock rejects no customers.
    if (worst !== undefined)
      waits[title] = await withTarget(startForWaits, (target) => measureWait(target, other, worst));
  }
  reportWaits(waits);
  printResults({ costs, parsing, waits });
}

async function withTarget<T>(startTarget: () => Promise<Target>, use: (target: Target) => Promise<T>): Promise<T> {
  const target = await startTarget();
  try {
    return await use(target);
  } finally {
    await target.stop();
  }
}

const round = (ms: number | undefined) => ms && Number(ms.toFixed(2));
const rate = (holds: boolean) => (holds ? 'OK' : 'OVER');

/** `parsing`: what JSON.parse alone takes. */
function reportCosts(title: string, all: readonly Cost[], parsing: readonly Cost[]): void {
  for (const { title: size, atMostMs } of LIMITS) {
    const rows = all.filter((each) => each.size === size).toSorted((a, b) => b.cpuMs - a.cpuMs);
    console.log(`\n${title}: processor time of a rejected body of ${size}, at most ${atMostMs} ms`);
    console.table(
      Object.fromEntries(
        rows.map(({ body, cpuMs, responseKb, unserved }) => [
          body,
          {
            ms: round(cpuMs),
            'JSON.parse alone (ms)': round(parsing.find((each) => each.body === body && each.size === size)?.cpuMs),
            'response (KB)': Number(responseKb.toFixed(1)),
            'not served': unserved,
            '': rate(unserved === 0 && cpuMs <= atMostMs),
          },
        ]),
      ),
    );
  }
}

function reportWaits(waits: Record<string, Wait>): void {
  console.log(`\np99 of another client, while one sends the worst body ${PER_MINUTE} times a minute`);
  console.table(
    Object.fromEntries(
      Object.entries(waits).map(([title, { body, aloneMs, attackedMs, unserved, othersUnserved }]) => [
        title,
        {
          body,
          'alone (ms)': Number(aloneMs.toFixed(1)),
          'attacked (ms)': Number(attackedMs.toFixed(1)),
          'attacks not served': unserved,
          'others not served': othersUnserved,
          ratio: Number((attackedMs / aloneMs).toFixed(2)),
          '': rate(othersUnserved === 0 && attackedMs <= aloneMs * RATIO_AT_MOST),
        },
      ]),
    ),
  );
}
