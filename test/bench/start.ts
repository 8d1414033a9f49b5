// `npm run bench -- start`: measures the time from the command to the first 201, and the memory after many creates.
import { join } from 'node:path';
import { seedDemo } from '../../server/demo/demo.ts';
import { openSqliteStore } from '../../server/store/sqlite/store.ts';
import { send } from '../support/http/http.ts';
import { startServerProcess } from '../support/process/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { load, median, residentMb } from './support/measure.ts';

const STARTS = 11;
const CREATES = 100_000;
const STEPS = 5;

/** Targets. */
const GOALS = { startMs: 700, residentMb: 150 };

export async function run(): Promise<void> {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'bench.db');
  const store = openSqliteStore({ path });
  await seedDemo(store);
  await store.close();
  await measureStarts(path);
  await measureMemory(path);
}

const start = (path: string) => startServerProcess({ DATABASE_PATH: path, RATE_LIMIT_PER_MINUTE: '0' });

/** Measures starts on an existing database. The first one is not counted, because it fills the compile cache. */
async function measureStarts(path: string): Promise<void> {
  const times: number[] = [];
  for (let count = 0; count <= STARTS; count++) {
    const began = performance.now();
    const server = start(path);
    const { status } = await send(await server.url, { body: { ownerId: OWNER, memberIds: [] } });
    const tookMs = performance.now() - began;
    // Shuts down gracefully, so that the compile cache is kept for the next start.
    server.child.kill('SIGTERM');
    await server.ended;
    if (status !== 201) throw new Error(`The first response was ${status}.`);
    if (count > 0) times.push(tookMs);
  }
  const [least, most] = [Math.min(...times), Math.max(...times)].map(Math.round);
  console.log(
    `Start to the first 201: median ${Math.round(median(times))} ms, from ${least} to ${most}, ` +
      `${STARTS} starts; goal ${GOALS.startMs} ms`,
  );
}

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';

async function measureMemory(path: string): Promise<void> {
  const server = start(path);
  const url = await server.url;
  console.log('\n| creates | resident |\n| ---: | ---: |');
  let [created, last] = [0, 0];
  for (let step = 1; step <= STEPS; step++) {
    while (created < (CREATES / STEPS) * step) {
      const round = await load(url, 32, 1);
      if (round.failures > 0) throw new Error(`${round.failures} requests failed.`);
      created += round.created;
    }
    last = residentMb(server.child.pid);
    console.log(`| ${created.toLocaleString('en')} | ${Math.round(last)} MB |`);
  }
  console.log(`\nGoal: ${GOALS.residentMb} MB`);
  server.child.kill('SIGTERM');
  await server.ended;
}
