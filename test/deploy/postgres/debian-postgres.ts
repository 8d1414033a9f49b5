// The PostgreSQL of the operating system, which unlike that of npm has pg_basebackup, and a pg_dump of its own version.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from '../../support/http/ports.ts';
import { runTool } from '../run-tool.ts';

/** The programs of the newest version. Debian installs each version in a folder of its own. */
const BIN = spawnSync('sh', ['-c', 'ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1'], { encoding: 'utf8' });

/** Runs a program as another user, because PostgreSQL does not run as root. Resolves with the output. */
async function runAsPostgres(name: string, ...args: string[]): Promise<string> {
  const program = name.startsWith('pg_') || name === 'initdb' ? join(BIN.stdout.trim(), name) : name;
  const [first = '', ...rest] = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--', program] : [program];
  const ran = await runTool(first, [...rest, ...args], { cwd: '/tmp' });
  if (ran.code !== 0) throw new Error(`${name} failed: ${ran.stdout}${ran.stderr}`);
  return ran.stdout;
}

export interface DebianPostgres {
  url: string;
  /** The data folder, which programs that `run` starts can write to. */
  folder: string;
  /** Copies the server, and starts the copy as a standby that streams from it. */
  startStandby(): Promise<DebianPostgres>;
  promote(): Promise<void>;
  /** Runs a client program, such as pg_dump. */
  run(name: string, ...args: string[]): Promise<string>;
}

/** Starts a server that ends with the test. */
export async function startDebianPostgres(): Promise<DebianPostgres> {
  const folder = await createFolder();
  await runAsPostgres(
    'initdb',
    '--auth=trust',
    '--username=postgres',
    '--no-sync',
    '--encoding=UTF8',
    '--pgdata',
    folder,
  );
  return start(folder);
}

async function createFolder(): Promise<string> {
  const folder = (await runAsPostgres('mktemp', '--directory', '/tmp/customer-organizations-XXXXXX')).trim();
  onTestFinished(async () => {
    await runTool('rm', ['-r', folder]);
  });
  return folder;
}

async function start(folder: string): Promise<DebianPostgres> {
  const port = await freePort();
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder} -c fsync=off`;
  await runAsPostgres('pg_ctl', 'start', '--wait', '--pgdata', folder, '--log', join(folder, 'log'), '-o', options);
  onTestFinished(async () => {
    await runAsPostgres('pg_ctl', 'stop', '--mode=immediate', '--pgdata', folder);
  });
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  return {
    url,
    folder,
    startStandby: async () => {
      const copy = await createFolder();
      const from = ['--dbname', url, '--pgdata', copy, '--checkpoint=fast', '--write-recovery-conf', '--no-sync'];
      await runAsPostgres('pg_basebackup', ...from);
      return start(copy);
    },
    promote: async () => void (await runAsPostgres('pg_ctl', 'promote', '--wait', '--pgdata', folder)),
    run: runAsPostgres,
  };
}
