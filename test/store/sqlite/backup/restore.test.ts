// Restoring backups of a SQLite database, and copies that lack the WAL.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openSqliteStore } from '../../../../server/store/sqlite/store.ts';
import { databasePath, organizationIds } from '../../../support/fixtures.ts';
import { command } from '../../../support/process/command.ts';
import { fill, open } from './filled-store.ts';

/** The log of a server that opens this file. */
async function warningsOf(path: string): Promise<string[]> {
  const warnings: string[] = [];
  await openSqliteStore({ path, onWarning: (text) => warnings.push(text) }).close();
  return warnings;
}

describe('restore', () => {
  it('creates the database that was backed up', async () => {
    const { path, account, create } = await fill({ onWarning: () => {} });
    const id = await create();
    await command(path, 'backup', `${path}.backup`);
    await create();
    const restored = join(dirname(path), 'restored.db');

    const { code, stdout } = await command(restored, 'restore', `${path}.backup`, '--json');

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ from: `${path}.backup`, to: restored, accounts: 1, organizations: 1 });
    expect(await warningsOf(restored)).toEqual([]);
    expect(await organizationIds(open({ path: restored }), account)).toEqual([id]);
  });

  it.each(['', '-wal'])('fails when DATABASE_PATH%s exists', async (suffix) => {
    const { path } = await fill();
    await command(path, 'backup', `${path}.backup`);
    const to = join(dirname(path), 'other.db');
    writeFileSync(`${to}${suffix}`, '');

    const { code, stderr } = await command(to, 'restore', `${path}.backup`);

    expect(code).toBe(1);
    expect(stderr).toContain(`${to}${suffix} exists.`);
  });

  it.each([
    ['another program', (path: string) => new DatabaseSync(path).exec('CREATE TABLE accounts (id INTEGER)')],
    ['no database', (path: string) => writeFileSync(path, 'Not a database. '.repeat(100))],
  ])('rejects the file of %s', async (_, write) => {
    const path = await databasePath();
    write(`${path}.backup`);

    const { code, stderr } = await command(path, 'restore', `${path}.backup`);

    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(existsSync(path)).toBe(false);
  });

  it.each<[string, (path: string) => void, string]>([
    ['a pipe', (path) => execFileSync('mkfifo', [path]), 'is not a file. Name another file.'],
    ['a device', (path) => symlinkSync('/dev/zero', path), 'is not a file. Name another file.'],
    [
      'a link to itself',
      (path) => symlinkSync(path, path),
      'leads through symbolic links that lead back to themselves.',
    ],
    ['a link that leads nowhere', (path) => symlinkSync('nowhere', path), 'is a symbolic link to a file that does not'],
    ['a folder', (path) => mkdirSync(path), 'it is a folder'],
  ])('explains the argument: %s', async (_, make, message) => {
    const path = await databasePath();
    make(`${path}.backup`);

    const { code, stderr } = await command(path, 'restore', `${path}.backup`);

    expect([code, stderr.trim().split('\n').length, existsSync(path)]).toEqual([1, 1, false]);
    expect(stderr).toContain(message);
  });
});

describe('a copy of the file alone', () => {
  it('has everything once the server has been idle for a moment', async () => {
    const { path, account, create } = await fill({ onWarning: () => {} });
    const id = await create();

    await vi.waitUntil(() => statSync(`${path}-wal`).size === 0, { timeout: 10_000 });
    copyFileSync(path, `${path}.copy`);

    expect(await organizationIds(open({ path: `${path}.copy` }), account)).toEqual([id]);
  });

  it('is reported when a server opens it, once', async () => {
    const { path, create } = await fill({ onWarning: () => {} });
    await create();
    const copy = `${path}.copy`;
    copyFileSync(path, copy);

    expect(await warningsOf(copy)).toEqual([
      expect.stringMatching(/test\.db\.copy is a copy of a database that a server had open\./),
    ]);
    expect(await warningsOf(copy)).toEqual([]);
  });

  it('is reported as a replica that may be restored when Litestream replicates the database', async () => {
    const { path, create } = await fill({ onWarning: () => {} });
    await create();
    const copy = `${path}.copy`;
    copyFileSync(path, copy);
    const other = new DatabaseSync(copy);
    other.exec('CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)');
    other.close();

    expect(await warningsOf(copy)).toEqual([
      expect.stringContaining('had open. If Litestream restored it, it is complete as of its last replication'),
    ]);
  });

  it('is not reported when the server was stopped, or killed and started again', async () => {
    const { path, close } = await fill({ onWarning: () => {} });

    // Another server opens the file with the mark of the first one, as after a kill, which ends its lock.
    rmSync(`${path}-serve`);
    expect(await warningsOf(path)).toEqual([]);
    await close();
    copyFileSync(path, `${path}.copy`);

    expect(await warningsOf(`${path}.copy`)).toEqual([]);
  });

  it('is rejected when all of its data was in the WAL', async () => {
    const path = await databasePath();
    const other = new DatabaseSync(path);
    onTestFinished(() => other.close());
    // An older version left the schema in the WAL only.
    other.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a)');
    const copy = `${path}.copy`;
    copyFileSync(path, copy);

    expect(() => open({ path: copy })).toThrow(/was copied without the -wal beside it/);
  });
});
