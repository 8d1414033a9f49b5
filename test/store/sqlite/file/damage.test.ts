// Damaged pages of a SQLite file: failing and working calls, and readiness.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Customer } from '../../../../server/store/records.ts';
import { openSqliteStore } from '../../../../server/store/sqlite/store.ts';
import type { Store } from '../../../../server/store/store.ts';
import { damagePage, leafPages } from '../../../support/damage.ts';
import { databasePath, startServer } from '../../../support/fixtures.ts';
import { exchange } from '../../../support/http/http.ts';
import { command, commandIn, ended, spawnCommand } from '../../../support/process/command.ts';
import { batches } from '../../conformance/store-fixture.ts';

const DAMAGED = { name: 'StoreUnavailableError', kind: 'damaged' };

function open(path: string): Store {
  const store = openSqliteStore({ path });
  onTestFinished(() => store.close());
  return store;
}

/** A closed database with one account, whose customers fill several pages. */
async function fill(): Promise<{ path: string; account: string; customers: Customer[] }> {
  const path = await databasePath();
  const store = openSqliteStore({ path });
  const account = await store.addAccount('Acme');
  const customers = Array.from({ length: 1000 }, (_, n) => ({ id: randomUUID(), name: `Customer ${n}` }));
  customers.sort((one, other) => (one.id < other.id ? -1 : 1));
  await store.importCustomers(account, batches(customers));
  await store.createOrganization({ account, id: randomUUID(), ownerId: customers[0]?.id ?? '', memberIds: [] });
  await store.addApiKey({ account, clientId: 'client', secretHash: new Uint8Array(32), pinnedVersion: undefined });
  await store.close();
  return { path, account, customers };
}

describe('a store on a damaged file', () => {
  it.each(['organizations', 'organization_members', 'idempotency_keys'])(
    'is not ready before the first create when %s is damaged, and ready again when it is repaired',
    async (table) => {
      const { path, account, customers } = await fill();
      const [page] = leafPages(path, table);
      if (!page) throw new Error(`${table} has no page.`);
      const mend = damagePage(path, page);
      const store = open(path);
      const ids = customers.map(({ id }) => id);
      const idempotency = { key: 'k', fingerprint: new Uint8Array(32) };
      const create = () =>
        store.createOrganization({
          account,
          id: randomUUID(),
          ownerId: ids[0] ?? '',
          memberIds: ids.slice(1, 3),
          idempotency,
        });

      await expect(store.check()).rejects.toMatchObject(DAMAGED);
      await expect(create()).rejects.toMatchObject(DAMAGED);
      await expect(store.check()).rejects.toMatchObject(DAMAGED);

      mend();
      await expect(store.check()).resolves.toBeUndefined();
      expect((await create()).kind).toBe('created');
    },
  );

  it.each(['api_keys', 'api_keys_by_client'])(
    'is not ready before the first login when %s is damaged, and ready again when it is repaired',
    async (name) => {
      const { path } = await fill();
      const [page] = leafPages(path, name);
      if (!page) throw new Error(`${name} has no page.`);
      // This must come before the damage, because opening reads the index.
      const store = open(path);
      const mend = damagePage(path, page);

      await expect(store.check()).rejects.toMatchObject(DAMAGED);
      await expect(store.check()).rejects.toMatchObject(DAMAGED);
      await expect(store.findApiKey('client')).rejects.toMatchObject(DAMAGED);

      mend();
      await expect(store.check()).resolves.toBeUndefined();
      expect(await store.findApiKey('client')).toMatchObject({ clientId: 'client' });
    },
  );

  it('is not ready once each of its keys was read when any page of them is damaged', async () => {
    const { path, account } = await fill();
    const keys = 100;
    const filling = openSqliteStore({ path });
    for (let n = 0; n < keys; n++)
      await filling.addApiKey({ account, clientId: `c${n}`, secretHash: new Uint8Array(32), pinnedVersion: undefined });
    await filling.close();
    const pages = leafPages(path, 'api_keys');
    const [page] = pages.slice(-1);
    expect(pages.length).toBeGreaterThan(1);
    if (!page) throw new Error('There are no keys.');
    const mend = damagePage(path, page);
    const store = open(path);
    const isReady = () =>
      store.check().then(
        () => true,
        () => false,
      );

    let checks = 1;
    while (checks <= keys + 1 && (await isReady())) checks++;

    expect(checks).toBeGreaterThan(1);
    expect(checks).toBeLessThanOrEqual(keys + 1);
    expect(await isReady()).toBe(false);
    mend();
    for (let check = 0; check <= keys; check++) await store.check();
  });

  it('is not ready from the first create on that reads a damaged page, until that create would succeed', async () => {
    const { path, account, customers } = await fill();
    const last = leafPages(path, 'customers').at(-1);
    if (!last) throw new Error('There are no customers.');
    const mend = damagePage(path, last);
    const store = open(path);
    const create = (ownerId = '') => store.createOrganization({ account, id: randomUUID(), ownerId, memberIds: [] });

    await expect(store.check()).resolves.toBeUndefined();
    const outcomes = await Promise.allSettled([
      create(customers[0]?.id),
      create(customers.at(-1)?.id),
      create(customers[1]?.id),
    ]);

    // The other creates of the group are stored.
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: DAMAGED });
    await expect(store.check()).rejects.toMatchObject(DAMAGED);
    expect((await create(customers[2]?.id)).kind).toBe('created');
    await expect(store.check()).rejects.toMatchObject(DAMAGED);
    mend();
    await expect(store.check()).resolves.toBeUndefined();
  });

  it('is not ready while an API key cannot be read', async () => {
    const { path } = await fill();
    const [page] = leafPages(path, 'api_keys_by_client');
    if (!page) throw new Error('There are no keys.');
    const mend = damagePage(path, page);
    const store = open(path);

    await expect(store.findApiKey('client')).rejects.toMatchObject(DAMAGED);
    await expect(store.check()).rejects.toMatchObject(DAMAGED);

    mend();
    await expect(store.check()).resolves.toBeUndefined();
    expect(await store.findApiKey('client')).toMatchObject({ clientId: 'client' });
  });

  it('leaves nothing behind when it rehearses a create', async () => {
    const { path, account } = await fill();
    const store = open(path);

    await store.check();
    await store.check();

    const ids: string[] = [];
    for await (const { id } of store.listOrganizations(account)) ids.push(id);
    expect(ids).toHaveLength(1);
    expect(await store.purgeIdempotencyKeys(10)).toBe(0);
  });
});

describe('the commands on a damaged file', () => {
  const DAMAGE = /^.+ is damaged in (\w+) \(CORRUPT\)\. Nothing was changed\. Restore a backup .+\n$/m;

  it.each([
    ['customers', ['organizations', 'export', '--account', 'Acme']],
    ['organizations', ['organizations', 'export', '--account', 'Acme']],
    ['accounts', ['keys', 'list']],
    ['api_keys', ['keys', 'list']],
    ['customers', ['customers', 'import', '-', '--format', 'csv', '--account', 'Acme']],
  ])('name the damaged table in one line: %s, %o', async (table, argv) => {
    const { path, customers } = await fill();
    for (const page of leafPages(path, table)) damagePage(path, page);
    const child = spawnCommand({ DATABASE_PATH: path }, ...argv);
    child.stdin.end(`id,name\n${customers[0]?.id},Renamed\n`);

    const { code, stderr } = await ended(child);

    expect(code).toBe(1);
    expect(DAMAGE.exec(stderr)?.[1]).toBe(table);
    expect(stderr).not.toContain('    at ');
  });

  it.each(['organization_members', 'idempotency_keys', 'events'])(
    'find damage of %s with migrate --check, which a server logs as well',
    async (table) => {
      const { path } = await fill();
      const [page] = leafPages(path, table);
      if (!page) throw new Error(`${table} has no page.`);
      damagePage(path, page);

      const checked = await command(path, 'migrate', '--check');

      expect(checked).toMatchObject({ code: 1, stdout: '' });
      expect(checked.stderr).toMatch(new RegExp(`^.* is damaged in ${table} \\(CORRUPT\\)\\. .+\n$`));
    },
  );

  it.each(['backup', 'restore'])(
    'name the file and leave nothing behind when rows refer to nothing: %s',
    async (name) => {
      const { path } = await fill();
      using database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
      database.exec('DELETE FROM accounts');
      const copy = join(dirname(path), 'copy.db');
      const [setting, argument] = name === 'backup' ? [path, copy] : [copy, path];

      const { code, stdout, stderr } = await command(setting, name, argument);

      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      const advice = name === 'backup' ? 'Restore a backup' : 'Use another backup';
      expect(stderr).toMatch(/^\S+ is damaged: a row of \w+ refers to nothing;.+ Nothing was changed\. /);
      expect(stderr).toContain(`${path} is damaged`);
      expect(stderr).toContain(advice);
      expect(existsSync(copy)).toBe(false);
    },
  );

  it('are named by a server in its log', async () => {
    const { path } = await fill();
    const [page] = leafPages(path, 'organization_members');
    if (!page) throw new Error('There is no page.');
    damagePage(path, page);
    const server = startServer({ DATABASE_PATH: path, NODE_ENV: 'production' });

    const { status } = await exchange(await server.url, { method: 'GET', path: '/readyz' });

    expect(status).toBe(503);
    await vi.waitUntil(() => server.output().includes('"damaged tables"'), { timeout: 20_000 });
    expect(server.output()).toMatch(/"reason":"[^"]* is damaged in organization_members \(CORRUPT\)/);
  });

  it('still export an account that is readable', async () => {
    const { path } = await fill();
    const store = openSqliteStore({ path });
    const other = await store.addAccount('Other');
    const people = Array.from({ length: 1000 }, (_, n) => ({ id: randomUUID(), name: `Other ${n}` }));
    await store.importCustomers(other, batches(people));
    const ownerId = people[0]?.id ?? '';
    for (let n = 0; n < 200; n++)
      await store.createOrganization({ account: other, id: randomUUID(), ownerId, memberIds: [] });
    await store.close();
    // Keys begin with the account, and IDs of accounts ascend: the first page is of Acme.
    const [first] = leafPages(path, 'customers');
    if (!first) throw new Error('There are no customers.');
    damagePage(path, first);

    const damaged = await command(path, 'organizations', 'export', '--account', 'Acme');
    const readable = await command(path, 'organizations', 'export', '--account', 'Other');

    expect(damaged).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(DAMAGE) });
    expect(readable).toMatchObject({ code: 0, stderr: '' });
    expect(readable.stdout.trim().split('\n')).toHaveLength(200);
  });

  it('say in one line that a file with a damaged first page cannot be used', async () => {
    const { path } = await fill();
    damagePage(path, { number: 1, bytes: 4096 });

    for (const argv of [['keys', 'list'], ['serve'], ['migrate'], ['backup', `${path}.backup`]]) {
      const { code, stderr } = await commandIn({ DATABASE_PATH: path, PORT: '0' }, ...argv);

      expect(code).toBe(1);
      expect(stderr).toBe(
        `${path} is not a SQLite database, or is damaged. It was not changed; set DATABASE_PATH to another file.\n`,
      );
    }
  });
});
