// `npm run bench -- import`: measures duration and memory of an import of a million customers in each format, alone and
// beside a busy server on the same database, and how long it locks the file at a time.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SAMPLE_CUSTOMERS } from '../../server/demo/demo.ts';
import type { Customer } from '../../server/store/records.ts';
import { openSqliteStore } from '../../server/store/sqlite/store.ts';
import { createApiKey } from '../support/api-key.ts';
import { send } from '../support/http/http.ts';
import { startServerProcess } from '../support/process/server-process.ts';
import { ROOT } from '../support/project-copy.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ROWS = 1_000_000;

/** The beginning, one row and the end of each format. */
const FORMATS = {
  csv: { head: 'id,name\n', row: (id: string, name: string) => `${id},"${name}"\n`, tail: '' },
  jsonl: { head: '', row: (id: string, name: string) => `${JSON.stringify({ id, name })}\n`, tail: '' },
  json: {
    head: '{"items":[',
    row: (id: string, legalName: string, index: number) => (index ? ',' : '') + JSON.stringify({ id, legalName }),
    tail: ']}',
  },
};

export async function run(): Promise<void> {
  await using folder = await temporaryFolder();
  console.log(`Import of ${ROWS.toLocaleString('en')} new customers, alone and beside a server with 8 busy clients\n`);
  console.log('| format | alone | CPU | memory | beside the server | creates | slowest | failed | lock |');
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const format of ['csv', 'jsonl', 'json'] as const) {
    const file = join(folder.path, `customers.${format}`);
    await writeCustomers(file, FORMATS[format]);
    const alone = await importInto(await prepareDatabase(join(folder.path, `${format}-alone.db`)), file);
    const busy = await importBesideServer(await prepareDatabase(join(folder.path, `${format}-busy.db`)), file);
    const cells = [
      format,
      `${alone.seconds.toFixed(1)} s`,
      `${alone.cpuSeconds.toFixed(1)} s`,
      `${alone.mebibytes} MiB`,
      `${busy.seconds.toFixed(1)} s`,
      busy.creates,
      `${busy.slowestMs} ms`,
      busy.failed,
      `${busy.longestLockMs} ms`,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

async function writeCustomers(file: string, { head, row, tail }: (typeof FORMATS)[keyof typeof FORMATS]) {
  const stream = createWriteStream(file);
  stream.write(head);
  for (let index = 0; index < ROWS; index += 1) {
    if (!stream.write(row(randomUUID(), `Customer ${index} Ltd.`, index))) await once(stream, 'drain');
  }
  stream.end(tail);
  await once(stream, 'close');
}

interface PreparedDatabase {
  path: string;
  authorization: string;
}

/** Creates a database with an account, its key, and the sample customers. */
async function prepareDatabase(path: string): Promise<PreparedDatabase> {
  const store = openSqliteStore({ path });
  const account = await store.addAccount('Acme');
  const { clientId, secret, stored } = createApiKey(account);
  await store.addApiKey(stored);
  await store.importCustomers(account, samples());
  await store.close();
  return { path, authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` };
}

async function* samples(): AsyncIterable<Customer[]> {
  yield [...SAMPLE_CUSTOMERS];
}

interface Usage {
  seconds: number;
  /** CPU time on all cores. Depends less on other load than the duration. */
  cpuSeconds: number;
  mebibytes: number;
}

/** Runs the import as a process. The memory is its maximum resident set size. */
async function importInto({ path }: PreparedDatabase, file: string): Promise<Usage> {
  const startMs = performance.now();
  const report = 'process.on("exit", () => console.error("used", JSON.stringify(process.resourceUsage())))';
  const child = spawn(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${encodeURIComponent(report)}`,
      'server/main.ts',
      'customers',
      'import',
      file,
      '--account',
      'Acme',
    ],
    { cwd: ROOT, env: { PATH: process.env.PATH, DATABASE_PATH: path }, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`The import failed: ${stderr}`);
  const { maxRSS, userCPUTime, systemCPUTime }: NodeJS.ResourceUsage = JSON.parse(/used (.*)/.exec(stderr)?.[1] ?? '');
  return {
    seconds: (performance.now() - startMs) / 1000,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    mebibytes: Math.round(maxRSS / 1024),
  };
}

async function importBesideServer(prepared: PreparedDatabase, file: string) {
  const settings = {
    DATABASE_PATH: prepared.path,
    NODE_ENV: 'production',
    RATE_LIMIT_PER_MINUTE: '0',
    LOG_LEVEL: 'info',
  };
  const server = startServerProcess(settings);
  const url = await server.url;
  const [{ id: ownerId = '' } = {}] = SAMPLE_CUSTOMERS;
  let [creates, failed, slowestMs, done] = [0, 0, 0, false];
  const client = async () => {
    while (!done) {
      const startMs = performance.now();
      const headers = { authorization: prepared.authorization };
      const { status } = await send(url, { headers, body: { ownerId, memberIds: [] } });
      slowestMs = Math.max(slowestMs, Math.round(performance.now() - startMs));
      if (status === 201) creates += 1;
      else failed += 1;
    }
  };
  await using lock = watchLock(prepared.path);
  const clients = Array.from({ length: 8 }, client);
  const { seconds } = await importInto(prepared, file);
  done = true;
  await Promise.all(clients);
  server.child.kill('SIGTERM');
  await server.ended;
  return { seconds, creates, failed, slowestMs, longestLockMs: Math.round(lock.longestMs) };
}

/** Measures how long the file is locked for writing at a time, by the import or by the server. */
function watchLock(path: string) {
  const database = new DatabaseSync(path, { timeout: 0 });
  let lockedMs: number | undefined;
  const watched = {
    longestMs: 0,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      database.close();
    },
  };
  const look = () => {
    const nowMs = performance.now();
    try {
      database.exec('BEGIN IMMEDIATE; ROLLBACK');
      lockedMs = undefined;
    } catch {
      lockedMs ??= nowMs;
      watched.longestMs = Math.max(watched.longestMs, nowMs - lockedMs);
    }
  };
  const timer = setInterval(look, 1);
  return watched;
}
