// A real Litestream beside a server on SQLite: its replica has everything acknowledged, whichever process was killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openSqliteStore } from '../../server/store/sqlite/store.ts';
import { databasePath, startServer } from '../support/fixtures.ts';
import { addTeam, compare, type Load, startLoad } from '../support/process/replicas.ts';
import { ROOT } from '../support/project-copy.ts';
import { LITESTREAM } from '../support/setup/deploy-tools.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** The path of the database in the configuration of the README. */
const DOCUMENTED_PATH = '/var/lib/customer-organizations/data.db';

/** Writes the configuration of the README for this database, with a replica in a folder. */
async function writeConfig(path: string): Promise<string> {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const readme = await readFile(join(ROOT, 'server/README.md'), 'utf8');
  const [, documented] = /```yaml\n(dbs:\n.*?)```/s.exec(readme) ?? [];
  if (documented === undefined) throw new Error('server/README.md has no configuration of Litestream.');
  const config = documented
    .replaceAll(DOCUMENTED_PATH, path)
    .replaceAll(/path: \/backups\S*/g, `path: ${folder.path}/r`);
  const file = join(folder.path, 'litestream.yml');
  await writeFile(file, config);
  return file;
}

/** Starts Litestream. Resolves when it has begun. `log` is its output so far. */
async function replicate(config: string): Promise<{ kill(signal: NodeJS.Signals): Promise<void> }> {
  const child: ChildProcess = spawn(LITESTREAM, ['replicate', '-config', config]);
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (log += String(chunk)));
  const end = once(child, 'close');
  const kill = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await end;
  };
  onTestFinished(() => kill('SIGKILL'));
  await vi.waitUntil(() => log.includes('write snapshot') || log.includes('write wal segment'), { timeout: 20_000 });
  return { kill };
}

async function acknowledge(load: Load, count: number): Promise<void> {
  const enough = load.acknowledgedAt.length + count;
  await vi.waitUntil(() => load.acknowledgedAt.length >= enough, { timeout: 30_000, interval: 5 });
}

it('restores everything acknowledged after the server and Litestream were killed under load', async () => {
  const path = await databasePath();
  const store = openSqliteStore({ path });
  const team = await addTeam(store);
  await store.close();
  const config = await writeConfig(path);
  const settings = { DATABASE_PATH: path, NODE_ENV: 'production', RATE_LIMIT_PER_MINUTE: '0' };

  let server = startServer(settings);
  let url = await server.url;
  const first = await replicate(config);
  const load = startLoad(() => url, team);
  await acknowledge(load, 500);
  await first.kill('SIGKILL');
  await acknowledge(load, 500);
  const second = await replicate(config);
  await acknowledge(load, 500);
  server.child.kill('SIGKILL');
  await server.ended;
  server = startServer(settings);
  url = await server.url;
  await acknowledge(load, 500);
  await load.stop();
  // Litestream replicates the missing changes when it ends. By default it does so every second.
  await second.kill('SIGTERM');
  server.child.kill('SIGKILL');
  await server.ended;

  const restored = `${path}.restored`;
  const child = spawn(LITESTREAM, ['restore', '-config', config, '-o', restored, path]);
  expect(await once(child, 'close')).toEqual([0, null]);
  const warnings: string[] = [];
  const copy = openSqliteStore({ path: restored, onWarning: (text) => warnings.push(text) });
  onTestFinished(() => copy.close());
  const database = new DatabaseSync(restored, { readOnly: true });
  onTestFinished(() => database.close());
  const query = async (text: string, values: unknown[]) =>
    database
      .prepare(text.replace('$1', '?'))
      .all(String(values[0]))
      .map(({ key, id }) => ({ key: String(key), id: String(id) }));

  expect(await compare(load, team, copy, query)).toEqual([]);
  expect(load.unexpected).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining('If Litestream restored it, it is complete as of')]);
});
