// `customers import` as a process: stopped, killed, reading a pipe, beside a busy server. It imports all or nothing.
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openSqliteStore } from '../../../server/store/sqlite/store.ts';
import { addAccount, databasePath, serveDatabase } from '../../support/fixtures.ts';
import { send } from '../../support/http/http.ts';
import { command, type Ended, ended, said, spawnCommand } from '../../support/process/command.ts';

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';

/** CSV lines of made-up customers. */
function csvLines(from: number, to: number): string {
  let lines = '';
  for (let at = from; at < to; at += 1)
    lines += `${at.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000,Customer ${at}\n`;
  return lines;
}

async function createFixture() {
  const path = await databasePath();
  const store = openSqliteStore({ path });
  const account = await addAccount(store, [{ id: OWNER, name: 'Owner' }]);
  const [{ name = '' } = {}] = await store.listAccounts();
  await store.close();
  return { path, name, ...account };
}

function countCustomers(path: string): number {
  using database = new DatabaseSync(path, { readOnly: true });
  expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  return Number(database.prepare('SELECT count(*) AS n FROM current_customers').get()?.n);
}

function start(path: string, ...argv: string[]) {
  const child = spawnCommand({ DATABASE_PATH: path, NODE_ENV: 'production' }, 'customers', 'import', ...argv);
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.on('error', () => {}); // The process may no longer read this.
  return { child, end: ended(child) };
}

describe('customers import that is stopped', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'says so, exits with 1, and leaves nothing behind when %s comes while it reads',
    async (signal) => {
      const { path, name } = await createFixture();
      const { child, end } = start(path, '-', '--format', 'csv', '--account', name);
      child.stdin.write(`id,name\n${csvLines(0, 110_000)}`);
      // The import is in the middle, since more input follows.
      await said(child.stderr, /Reading: 1\d\d,\d+ customers/);

      child.kill(signal);

      const { code, stdout, stderr } = await end;
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain(`Stopped by ${signal}; nothing was changed.\n`);
      expect(countCustomers(path)).toBe(1);
    },
  );

  it.each([
    ['SIGINT', 'Reading: 10 %'],
    ['SIGINT', 'Storing: 10 %'],
    ['SIGKILL', 'Reading: 10 %'],
    ['SIGKILL', 'Storing: 10 %'],
    ['SIGKILL', 'Storing: 100 %'],
  ] as const)(
    'has imported nothing or everything when %s comes at %s, and can be run again',
    async (signal, moment) => {
      const { path, name } = await createFixture();
      const file = join(dirname(path), 'many.csv');
      await writeFile(file, `id,name\n${csvLines(0, 30_000)}`);
      const { child, end } = start(path, file, '--account', name);
      await said(child.stderr, new RegExp(moment));

      child.kill(signal);

      const { code, stdout }: Ended = await end;
      const count = countCustomers(path);
      expect([1, 30_001]).toContain(count);
      if (code === 0)
        expect({ count, stdout }).toEqual({ count: 30_001, stdout: expect.stringContaining('30,000 new') });
      if (code === 1) expect({ count, stdout }).toEqual({ count: 1, stdout: '' });
      const again = await command(path, 'customers', 'import', file, '--account', name);
      expect(again.code).toBe(0);
      expect(countCustomers(path)).toBe(30_001);
    },
  );
});

describe('customers import that is killed while it moves what it has published', () => {
  const FIND = 'SELECT 1 FROM published_customers LIMIT 1';

  /** Imports until one is moving rows, which it then cannot go on with, because a transaction holds the lock. */
  async function importUntilMoving() {
    for (;;) {
      const { path, name } = await createFixture();
      const file = join(dirname(path), 'many.csv');
      await writeFile(file, `id,name\n${csvLines(0, 60_000)}`);
      const { child, end } = start(path, file, '--account', name);
      let isOver = false;
      void end.then(() => (isOver = true));
      const database = new DatabaseSync(path, { timeout: 10_000 });
      const isMoving = () => {
        database.exec('BEGIN IMMEDIATE');
        if (database.prepare(FIND).get()) return true;
        database.exec('ROLLBACK');
        return false;
      };
      const moment = () => (isMoving() ? 'moving' : isOver && 'over');
      const seen = await vi.waitUntil(moment, { timeout: 60_000, interval: 1 });
      if (seen === 'moving') return { path, child, end, database };
      // On a busy machine, all rows may be moved between two looks.
      expect(await end).toMatchObject({ code: 0 });
      database.close();
    }
  }

  it('has imported all, and the next server moves the rest', async () => {
    const { path, child, end, database } = await importUntilMoving();
    using _ = database;
    const find = database.prepare(FIND);

    child.kill('SIGKILL');

    expect(await end).toMatchObject({ code: null });
    expect(find.get()).toBeDefined();
    database.exec('ROLLBACK');
    expect(countCustomers(path)).toBe(60_001);
    await serveDatabase({ path, onWarning: () => {} });
    await vi.waitUntil(() => !find.get(), { timeout: 60_000 });
    expect(database.prepare('SELECT count(*) AS n FROM customers').get()).toEqual({ n: 60_001 });
  });
});

describe('customers import from a pipe', () => {
  it('imports standard input', async () => {
    const { path, name } = await createFixture();
    const { child, end } = start(path, '-', '--format', 'csv', '--account', name);

    child.stdin.end(`id,name\n${csvLines(0, 10)}`);

    expect(await end).toMatchObject({ code: 0, stdout: expect.stringContaining('10 new') });
    expect(countCustomers(path)).toBe(11);
  });
});

describe('customers import beside a busy server', () => {
  it('fails no request', async () => {
    const { path, name, authorization } = await createFixture();
    const { url } = await serveDatabase({ path });
    const file = join(dirname(path), 'many.csv');
    await writeFile(file, `id,name\n${csvLines(0, 200_000)}`);
    const { end } = start(path, file, '--account', name);
    let over = false;
    const imported = end.finally(() => (over = true));

    const statuses = new Map<number, number>();
    const client = async () => {
      while (!over) {
        const { status } = await send(url, { headers: { authorization }, body: { ownerId: OWNER, memberIds: [] } });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all([client(), client(), client(), client()]);

    expect(await imported).toMatchObject({ code: 0 });
    expect([...statuses.keys()]).toEqual([201]);
    expect(countCustomers(path)).toBe(200_001);
  });

  it('succeeds when two run at once', async () => {
    const { path, name } = await createFixture();
    const files = [join(dirname(path), 'a.csv'), join(dirname(path), 'b.csv')];
    await writeFile(files[0] ?? '', `id,name\n${csvLines(0, 20_000)}`);
    await writeFile(files[1] ?? '', `id,name\n${csvLines(10_000, 30_000)}`);

    const results = await Promise.all(files.map((file) => start(path, file, '--account', name).end));

    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(countCustomers(path)).toBe(30_001);
  });
});
