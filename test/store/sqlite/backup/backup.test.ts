// Backups of a SQLite database that is in use.
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { damagePage, leafPages } from '../../../support/damage.ts';
import { databasePath, organizationIds } from '../../../support/fixtures.ts';
import { command, ended, spawnCommand } from '../../../support/process/command.ts';
import { batches } from '../../conformance/store-fixture.ts';
import { fill, open } from './filled-store.ts';

describe('backup', () => {
  it('copies everything while a server has the file open, readable by its user only', async () => {
    const { path, store, account, create } = await fill();
    const ids = [await create(), await create(), await create()];
    const to = `${path}.backup`;

    const { code, stdout } = await command(path, 'backup', to);

    expect(code).toBe(0);
    expect(stdout).toBe(`Backed up ${path} to ${to}: 1 account, 1 customer, 3 organizations. Verified.\n`);
    expect(statSync(to).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(path)).filter((name) => name.includes('partial'))).toEqual([]);
    const copy = open({ path: to });
    expect((await organizationIds(copy, account)).sort()).toEqual(ids.sort());
    expect((await organizationIds(store, account)).sort()).toEqual(ids.sort());
  });

  it('has every organization that was acknowledged before it began, under load', async () => {
    const { path, account, create } = await fill();
    const acknowledged: string[] = [];
    let stopped = false;
    const load = (async () => {
      while (!stopped) acknowledged.push(await create());
    })();
    await vi.waitUntil(() => acknowledged.length > 50, { timeout: 30_000 });
    const before = [...acknowledged];

    await command(path, 'backup', `${path}.backup`);
    stopped = true;
    await load;

    const ids = new Set(await organizationIds(open({ path: `${path}.backup` }), account));
    expect(before.filter((id) => !ids.has(id))).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends by %s, says so, and leaves nothing behind', async (signal) => {
    const { path, close } = await fill();
    await close();
    const to = `${path}.backup`;
    const partial = () => readdirSync(dirname(path)).filter((name) => name.includes('.partial'));
    // The backup waits for it, after it has created its file.
    const other = new DatabaseSync(path);
    onTestFinished(() => other.close());
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    const child = spawnCommand({ DATABASE_PATH: path }, 'backup', to);
    const end = ended(child);
    await vi.waitUntil(() => partial().length > 0, { timeout: 30_000, interval: 5 });

    child.kill(signal);

    expect((await end).stderr).toBe(`Stopped by ${signal}; ${to} was not created.\n`);
    expect(child.signalCode).toBe(signal);
    expect(partial()).toEqual([]);
    expect(existsSync(to)).toBe(false);
  });

  it.each(['', '-wal', '-shm', '-journal'])('never overwrites: TARGET%s', async (suffix) => {
    const { path } = await fill();
    const to = `${path}.backup`;
    writeFileSync(`${to}${suffix}`, 'precious');

    const { code, stdout, stderr } = await command(path, 'backup', to);

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(`${to}${suffix} exists. It was not changed; name another file, or move it.\n`);
    expect(readFileSync(`${to}${suffix}`, 'utf8')).toBe('precious');
  });

  it('is rejected in one line below a file', async () => {
    const { path } = await fill();

    const { code, stdout, stderr } = await command(path, 'backup', `${path}/copy.db`);

    const message = `The folder of ${path}/copy.db is a file. Name another file.\n`;
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: message });
  });

  it.each(['/', '/.', '/..'])('is rejected at the path of a folder, and creates none: TARGET%s', async (ending) => {
    const { path } = await fill();
    const to = `${path}.backup`;

    const { code, stdout, stderr } = await command(path, 'backup', `${to}${ending}`);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('must be the path of a file, and not of a folder');
    expect(existsSync(to)).toBe(false);
  });

  it('leaves nothing when the database is damaged, and says which table', async () => {
    const { path, close } = await fill();
    await close();
    const [page] = leafPages(path, 'customers');
    if (!page) throw new Error('There are no customers.');
    damagePage(path, page);

    const { code, stderr } = await command(path, 'backup', `${path}.backup`);

    expect(code).toBe(1);
    expect(stderr).toMatch(/test\.db is damaged in customers \(CORRUPT\)\. .*\.recover.*\n$/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(readdirSync(dirname(path)).filter((name) => name.includes('backup'))).toEqual([]);
  });

  it.each([1000, 2000])('says so in one line when only the copy cannot be read: from byte %i on', async (offset) => {
    const { path, store, close, account } = await fill();
    const ids = Array.from({ length: 20 }, () => randomUUID());
    await store.importCustomers(account, batches(ids.map((id) => ({ id, name: 'N' }))));
    const [ownerId = '', ...memberIds] = ids;
    for (let index = 0; index < 8; index++) {
      const idempotency = { key: `key-${index}`, fingerprint: Buffer.alloc(32, index) };
      await store.createOrganization({ account, id: randomUUID(), ownerId, memberIds, idempotency });
    }
    await close();
    const [page] = leafPages(path, 'idempotency_keys');
    if (!page) throw new Error('There are no keys.');
    const bytes = readFileSync(path);
    const start = (page.number - 1) * page.bytes + offset;
    writeFileSync(path, bytes.fill(0, start, start + 1200));

    for (const [database, subcommand, argument] of [
      [path, 'backup', `${path}.backup`],
      [`${path}.restored`, 'restore', path],
    ] as const) {
      const { code, stderr } = await command(database, subcommand, argument);

      expect(code).toBe(1);
      expect(stderr).toMatch(/^.*test\.db is damaged in idempotency_keys \(CORRUPT\)\. .*\n$/);
    }
  });

  it.each([
    ['', 'It must not be empty.'],
    ['~/x.db', 'It has ~ at its beginning or end, which no shell has replaced or removed; write the path itself.'],
    ['"x.db"', 'It has " at its beginning or end, which no shell has replaced or removed; write the path itself.'],
    ["x.db'", "It has ' at its beginning or end, which no shell has replaced or removed; write the path itself."],
    ['$HOME/x.db', 'It has $ at its beginning or end, which no shell has replaced or removed; write the path itself.'],
    ['x.db ', 'It must not have spaces at its beginning or end.'],
    ['-', 'It must be the path of a file: a database is not written to a stream.'],
    ['file:copy.db', 'It must be a path such as /var/lib/customer-organizations/data.db, and not a URI.'],
    ['https://example.com/copy.db', 'It must be a path such as'],
    ['a\nb.db', 'It must not have control characters.'],
    ['TARGET-wal', 'It must not end with -wal, as a file does that belongs to another database.'],
    ['TARGET-shm', 'It must not end with -shm'],
    ['TARGET-journal', 'It must not end with -journal'],
    ['TARGET-import', 'It must not end with -import'],
  ])('rejects %j as the file', async (name, reason) => {
    const { path } = await fill();

    for (const subcommand of ['backup', 'restore']) {
      const { code, stderr } = await command(path, subcommand, name.replace('TARGET', path));

      expect(code).toBe(2);
      expect(stderr.replaceAll('\n', ' ')).toContain(reason);
    }
    expect(readdirSync(dirname(path)).sort()).toEqual(['test.db', 'test.db-shm', 'test.db-wal']);
  });

  it('rejects a symbolic link that leads nowhere, and a folder that does not exist', async () => {
    const { path } = await fill();
    const [link, nowhere] = [join(dirname(path), 'link'), join(dirname(path), 'no', 'copy.db')];
    symlinkSync(join(dirname(path), 'nowhere'), link);

    expect((await command(path, 'backup', link)).stderr).toBe(
      `${link} exists. It was not changed; name another file, or move it.\n`,
    );
    expect((await command(path, 'backup', nowhere)).stderr).toBe(
      `There is no folder ${dirname(nowhere)}. Create it, or correct the path.\n`,
    );
    expect(existsSync(dirname(nowhere))).toBe(false);
  });

  it('names the copy, not the database, when the copy cannot be written', async () => {
    const { path } = await fill();

    expect((await command(path, 'backup', '/proc/copy.db')).stderr).toMatch(/^[^/]*\/proc\/copy\.db/);
    expect((await command('/proc/copy.db', 'restore', path)).stderr).toMatch(/^[^/]*\/proc\/copy\.db.*DATABASE_PATH/);
  });

  it('exits with 1 when a table is missing, and so do the other commands', async () => {
    const { path, close } = await fill();
    await close();
    const database = new DatabaseSync(path);
    database.exec('DROP TABLE idempotency_keys');
    database.close();

    for (const args of [['backup', `${path}.backup`], ['migrate', '--check'], ['migrate'], ['keys', 'list']]) {
      const { code, stdout, stderr } = await command(path, ...args);

      expect({ args, code, stdout }).toEqual({ args, code: 1, stdout: '' });
      expect(stderr).toMatch(
        /test\.db lacks table idempotency_keys, which schema \d has: something else .* `restore`\.\n$/,
      );
    }
  });

  it('exits with 1 when there is no database, and creates none', async () => {
    const path = await databasePath();

    const { code, stderr } = await command(path, 'backup', `${path}.backup`);

    expect({ code, stderr }).toEqual({ code: 1, stderr: `There is no database ${path}.\n` });
    expect(readdirSync(dirname(path))).toEqual([]);
  });
});
