// `npm run bench -- slots`: how long a new client waits for its response while 12,000 connections have sent half a
// header, while each of them connects again as soon as it is closed, and while another client opens thousands of
// connections a second, sends creates and closes them at once.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SAMPLE_CUSTOMERS, seedDemo } from '../../server/demo/demo.ts';
import { openSqliteStore } from '../../server/store/sqlite/store.ts';
import { createApiKey } from '../support/api-key.ts';
import { send } from '../support/http/http.ts';
import { startServerProcess } from '../support/process/server-process.ts';
import { ROOT } from '../support/project-copy.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { median, pin } from './support/measure.ts';

/** The number of attacking processes, each with its own limit of open files. */
const PROCESSES = 2;
const CLIENTS = 100;
const PAUSE_MS = 50;
/** The target. */
const AT_MOST_MS = 1000;
const HOLDING_TIMEOUT_MS = 60_000;

export async function run(): Promise<void> {
  await using folder = await temporaryFolder();
  pin(process.pid, 1);
  const rows = [];
  for (const attack of ['none', 'slots-half-header', 'slots-half-header-again', 'slots-close-at-once'])
    rows.push(await measure(attack, join(folder.path, `${attack}.db`)));
  console.table(rows);
}

async function measure(attack: string, path: string) {
  const authorization = await prepare(path);
  const server = startServerProcess({ DATABASE_PATH: path, RATE_LIMIT_PER_MINUTE: '0' });
  const url = await server.url;
  pin(server.child.pid, 0);
  const attackers =
    attack === 'none' ? [] : Array.from({ length: PROCESSES }, () => startAttack(attack, url, authorization));
  const during = await observe(url, Promise.all(attackers.map(({ holding }) => holding)));
  const after = await observe(url);
  for (const { child } of attackers) child.kill('SIGKILL');
  server.child.kill('SIGTERM');
  await server.ended;
  const all = [...during, ...after];
  const failed = all.filter(({ status }) => status !== 201).length;
  const times = after.map(({ ms }) => ms);
  return {
    attack,
    'slowest while they connect (ms)': Math.round(Math.max(0, ...during.map(({ ms }) => ms))),
    'median (ms)': Number(median(times).toFixed(1)),
    'slowest (ms)': Math.round(Math.max(...times)),
    clients: all.length,
    failed,
    '': failed === 0 && all.every(({ ms }) => ms <= AT_MOST_MS) ? 'OK' : 'OVER',
  };
}

/** Fills the database. Returns the credentials of the attacker, which are not those of the other clients. */
async function prepare(path: string): Promise<string> {
  const store = openSqliteStore({ path });
  await seedDemo(store);
  const account = await store.addAccount('Attacker');
  await store.importCustomers(account, sampleCustomers());
  const { clientId, secret, stored } = createApiKey(account);
  await store.addApiKey(stored);
  await store.close();
  return `Basic ${btoa(`${clientId}:${secret}`)}`;
}

async function* sampleCustomers() {
  yield [...SAMPLE_CUSTOMERS];
}

function startAttack(attack: string, url: string, authorization: string) {
  const program = join(ROOT, 'test/bench/hostile/attacks.ts');
  const child = spawn('nice', ['-n', '19', process.execPath, program, attack, url, authorization], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  pin(child.pid, 1);
  return { child, holding: Promise.race([once(child.stdout, 'data'), sleep(HOLDING_TIMEOUT_MS)]) };
}

/** New clients, one after the other: for as long as the attack grows, or a number of them. */
async function observe(url: string, growing?: Promise<unknown>) {
  let isGrowing = growing !== undefined;
  growing?.finally(() => {
    isGrowing = false;
  });
  const body = { ownerId: SAMPLE_CUSTOMERS[0]?.id, memberIds: [] };
  const seen: { status: number; ms: number }[] = [];
  while (growing ? isGrowing : seen.length < CLIENTS) {
    const startedMs = performance.now();
    const status = await send(url, { headers: { connection: 'close' }, body }).then(
      (response) => response.status,
      () => 0,
    );
    seen.push({ status, ms: performance.now() - startedMs });
    await sleep(PAUSE_MS);
  }
  return seen;
}
