// `npm run bench`: creates per second, compared with conventional servers, in alternating rounds of one run.
// `npm run bench -- speed --quick [CONTENDER ...]`: a short run with 32 connections, for work on performance.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { seedDemo } from '../../server/demo/demo.ts';
import { openSqliteStore } from '../../server/store/sqlite/store.ts';
import { startServerProcess } from '../support/process/server-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  type Contender,
  compareContenders,
  FULL_RUN,
  type RunOptions,
  startScript,
} from './support/compare-contenders.ts';

/** Figures from it are not published. */
const QUICK_RUN: RunOptions = { connections: [32], starts: 1, rounds: 5, warmUpSeconds: 6, seconds: 2 };

const CONTENDERS: Contender[] = [
  { name: 'ours', start: startOurs },
  { name: 'usual Express', start: (path) => startScript('usual-express.ts', path) },
  { name: 'usual Fastify', start: (path) => startScript('usual-fastify.ts', path) },
  { name: 'limit', start: (path) => startScript('limit.ts', path) },
];

/** Starts the server like `npm start`: default log level, rate limit off. The log goes to a pipe that is read. */
async function startOurs(databasePath: string) {
  const { child, url } = startServerProcess({ DATABASE_PATH: databasePath, RATE_LIMIT_PER_MINUTE: '0' });
  return { child, url: await url };
}

export async function run(): Promise<void> {
  const [, quick, ...names] = process.argv.slice(2);
  const options = quick === '--quick' ? QUICK_RUN : FULL_RUN;
  const chosen = CONTENDERS.filter(({ name }) => names.length === 0 || names.includes(name));
  await using folder = await temporaryFolder();
  await compareContenders(chosen, options, async (name) => {
    const path = join(folder.path, `${name}.db`);
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    const store = openSqliteStore({ path });
    await seedDemo(store);
    await store.close();
    return path;
  });
}
