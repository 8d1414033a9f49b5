// `npm run bench -- postgres [CONNECTIONS ...]`: creates per second on PostgreSQL, compared with conventional servers.
import { seedDemo } from '../../server/demo/demo.ts';
import { openPostgresStore } from '../../server/store/postgres/store.ts';
import { startPostgres } from '../support/postgres/postgres.ts';
import { startServerProcess } from '../support/process/server-process.ts';
import { type Contender, compareContenders, FULL_RUN, startScript } from './support/compare-contenders.ts';

const CONTENDERS: Contender[] = [
  { name: 'ours', start: startOurs },
  { name: 'usual Express', start: (url) => startScript('usual-express.ts', url) },
  { name: 'usual Fastify', start: (url) => startScript('usual-fastify.ts', url) },
];

/** Starts the server like `npm start` with a DATABASE_URL: default log level and pool, rate limit off. */
async function startOurs(databaseUrl: string) {
  const { child, url } = startServerProcess({ DATABASE_URL: databaseUrl, RATE_LIMIT_PER_MINUTE: '0' });
  return { child, url: await url };
}

/** Starts PostgreSQL with its defaults: commits are flushed to disk. It shares the cores with every contender. */
const DURABLE = ['fsync=on', 'full_page_writes=on', 'synchronous_commit=on'];

/** Each start of a contender has its own empty database. */
export async function run(): Promise<void> {
  const counts = process.argv.length > 3 ? process.argv.slice(3).map(Number) : FULL_RUN.connections;
  if (counts.some((count) => !Number.isInteger(count) || count < 1))
    throw new Error('Connections must be positive integers.');
  const postgres = await startPostgres(DURABLE.flatMap((setting) => ['-c', setting]));
  try {
    await compareContenders(CONTENDERS, { ...FULL_RUN, connections: counts }, async () => {
      const url = await postgres.createDatabase();
      const store = await openPostgresStore({ url });
      await seedDemo(store);
      await store.close();
      return url;
    });
  } finally {
    await postgres.close();
  }
}
