// `npm run bench -- postgres [CONNECTIONS ...]`: creates a second on PostgreSQL, ours beside the same work written the usual way.
import { seedDemo } from '../../server/api/demo.ts';
import { openPostgresStore } from '../../server/store/postgres/store.ts';
import { startPostgres } from '../support/postgres.ts';
import { startServerProcess } from '../support/server-process.ts';
import { type Contender, compareContenders, startScript, WHOLE } from './speed.ts';

const CONTENDERS: Contender[] = [
  { name: 'ours', start: startOurs },
  { name: 'usual Express', start: (url) => startScript('postgres-express.ts', url) },
  { name: 'usual Fastify', start: (url) => startScript('postgres-fastify.ts', url) },
];

/** As `npm start` runs it with a DATABASE_URL: log level and pool as shipped, request limit off. */
async function startOurs(databaseUrl: string) {
  const { child, url } = startServerProcess({ DATABASE_URL: databaseUrl, RATE_LIMIT_PER_MINUTE: '0' });
  return { child, url: await url };
}

/** PostgreSQL as it comes: an answered commit is on the disk. It runs on the same cores, which is the same for all. */
const DURABLE = ['fsync=on', 'full_page_writes=on', 'synchronous_commit=on'];

/** Each contender has an empty database of its own after each start. */
export async function run(): Promise<void> {
  const counts = process.argv.length > 3 ? process.argv.slice(3).map(Number) : WHOLE.connections;
  if (counts.some((count) => !Number.isInteger(count) || count < 1)) throw new Error('Connections are whole numbers.');
  const postgres = await startPostgres(DURABLE.flatMap((setting) => ['-c', setting]));
  try {
    await compareContenders(CONTENDERS, { ...WHOLE, connections: counts }, async () => {
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
