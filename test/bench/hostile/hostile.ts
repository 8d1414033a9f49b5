// `npm run bench -- hostile [NAME] [CUSTOMERS]`: measures the cost of rejected bodies for the server and the mock,
// beside that of JSON.parse alone, and how much longer another client waits while one sends the worst of them. A NAME
// limits it to bodies whose name contains it. CUSTOMERS is the number of customers of the account, besides those of the
// demo.
import { join } from 'node:path';
import { seedDemo } from '../../../server/demo/demo.ts';
import type { Customer } from '../../../server/store/records.ts';
import { openSqliteStore } from '../../../server/store/sqlite/store.ts';
import { createApiKey } from '../../support/api-key.ts';
import { knownCustomer, MOST_MEMBERS } from '../../support/bodies/unknown-customers.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { pin, printResults } from '../support/measure.ts';
import { ALL_BODIES, type Cost, LIMITS, measureCosts } from './costs.ts';
import { start, startParser, type Target } from './hostile-target.ts';
import { measureWait, PER_MINUTE, type Wait } from './waits.ts';

/** How much longer the slowest hundredth of another client's requests may take. */
const RATIO_AT_MOST = 3;

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
        rows.map(({ body, cpuMs, meanMs, responseKb, unserved }) => [
          body,
          {
            ms: round(cpuMs),
            'mean (ms)': round(meanMs),
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
