// A real PgBouncer in front of a test database, on a free port, in a folder of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { accepts, freePort } from '../http/ports.ts';

export interface PgBouncerOptions {
  /** The path of the program. */
  program: string;
  /** The URL of the database, without parameters. */
  database: string;
  poolMode: 'transaction' | 'session' | 'statement';
  /** Additional lines of the section `[pgbouncer]`. */
  settings?: Record<string, string | number>;
}

export interface PgBouncer {
  /** The URL of the database through PgBouncer. */
  url: string;
  /** Freezes it: it no longer responds, but keeps its connections. */
  suspend(): void;
  resume(): void;
  close(): Promise<void>;
}

/** Starts PgBouncer. Rejects with its log when it does not listen within 5 s. */
export async function startPgBouncer({ program, database, poolMode, settings }: PgBouncerOptions): Promise<PgBouncer> {
  const target = new URL(database);
  const [name, user] = [target.pathname.slice(1), target.username];
  const password = decodeURIComponent(target.password);
  const folder = await mkdtemp(join(tmpdir(), 'customer-organizations-pgbouncer-'));
  const port = await freePort();
  const section = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'plain',
    auth_file: join(folder, 'users.txt'),
    pool_mode: poolMode,
    max_client_conn: 200,
    ...settings,
  };
  const lines = Object.entries(section).map(([key, value]) => `${key} = ${value}`);
  const server = `host=${target.hostname} port=${target.port} dbname=${name}`;
  await writeFile(
    join(folder, 'pgbouncer.ini'),
    `[databases]\n${name} = ${server}\n[pgbouncer]\n${lines.join('\n')}\n`,
  );
  await writeFile(join(folder, 'users.txt'), `"${user}" "${password}"\n`);
  await chmod(folder, 0o755);
  // PgBouncer refuses to run as root.
  const asUser = process.getuid?.() === 0 ? ['--user=nobody'] : [];
  const child = spawn(program, [...asUser, join(folder, 'pgbouncer.ini')]);
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log += String(chunk)));
  const close = async () => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  for (const deadline = performance.now() + 5000; !(await accepts(port)); await sleep(20)) {
    if (child.exitCode === null && performance.now() < deadline) continue;
    await close();
    throw new Error(`PgBouncer did not start:\n${log}`);
  }
  const url = new URL(database);
  url.host = `127.0.0.1:${port}`;
  return {
    url: url.href,
    suspend: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    close,
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
