// The check of readiness on SQLite, which needs as much room as a create, and leaves nothing behind.
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Creates } from '../../../../server/store/sqlite/creates/creates.ts';
import { truncateWal } from '../../../../server/store/sqlite/file/checkpoint.ts';
import { FileChecks } from '../../../../server/store/sqlite/file/guards/file-checks.ts';
import { openDatabase } from '../../../../server/store/sqlite/file/open.ts';
import { prepareStatements } from '../../../../server/store/sqlite/statements.ts';
import { databasePath } from '../../../support/fixtures.ts';

const TABLES = ['accounts', 'customers', 'organizations', 'organization_members', 'idempotency_keys', 'events'];
const FULL = { name: 'StoreUnavailableError', kind: 'full' };

async function open() {
  const path = await databasePath();
  const database = openDatabase(path);
  onTestFinished(() => database.close());
  const files = new FileChecks(database, path);
  onTestFinished(() => files.close());
  const commits: number[] = [];
  const observer = { onCommit: (size: number) => commits.push(size) };
  const statements = prepareStatements(database);
  const creates = new Creates(database, { statements, files, now: () => 0, observer });
  const [account, ownerId] = [randomUUID(), randomUUID()];
  const addCustomer = () => {
    statements.addAccount.run(account, 'Acme', 0);
    database.prepare('INSERT INTO customers VALUES (?, ?, ?)').run(account, ownerId, 'Owner');
  };
  const create = () => {
    const idempotency = { key: randomUUID(), fingerprint: new Uint8Array(32) };
    return creates.create({ account, id: randomUUID(), ownerId, memberIds: [ownerId], idempotency });
  };
  const numberOf = (pragma: string) => Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
  /** The number of bytes that `work` appends to the WAL. */
  const logged = async (work: () => Promise<unknown>) => {
    expect(truncateWal(database)).toBe(true);
    await work();
    return statSync(`${path}-wal`).size;
  };
  return { database, creates, commits, addCustomer, create, numberOf, logged };
}

describe('the check of readiness on SQLite', () => {
  it('rejects while creates do because the database is full, and resolves when it has room', async () => {
    const { database, creates, addCustomer, create, numberOf } = await open();
    addCustomer();
    database.exec(`PRAGMA max_page_count = ${numberOf('page_count') + 10}`);
    await creates.check();

    const fill = async () => {
      for (;;) await create();
    };
    await expect(fill()).rejects.toMatchObject(FULL);
    await expect(creates.check()).rejects.toMatchObject(FULL);
    await expect(create()).rejects.toMatchObject(FULL);

    database.exec(`PRAGMA max_page_count = ${numberOf('page_count') + 10}`);
    await creates.check();
    expect((await create()).kind).toBe('created');
  });

  it('writes more pages than a create', async () => {
    const { creates, addCustomer, create, logged } = await open();
    addCustomer();

    const created = await logged(create);
    const checked = await logged(() => creates.check());

    expect(checked).toBeGreaterThan(created);
    // The check runs every second, so it may write 16 pages at most, each with a header of 24 bytes.
    expect(checked).toBeLessThanOrEqual(32 + 16 * (24 + 4096));
  });

  it('writes a page when there is no customer', async () => {
    const { creates, logged } = await open();

    expect(await logged(() => creates.check())).toBeGreaterThan(4096);
  });

  it('leaves neither rows nor pages behind, and is not counted as a commit', async () => {
    const { database, creates, commits, addCustomer, create, numberOf } = await open();
    addCustomer();
    await create();
    const state = () => [
      numberOf('page_count'),
      numberOf('freelist_count'),
      ...TABLES.map((table) => database.prepare(`SELECT * FROM ${table}`).all()),
    ];
    const before = state();

    for (let check = 0; check < 5; check++) await creates.check();

    expect(state()).toEqual(before);
    expect(commits).toEqual([1]);
    const [created] = await Promise.all([create(), creates.check()]);
    expect(created.kind).toBe('created');
    expect(commits).toEqual([1, 1]);
    expect(database.prepare('SELECT count(*) AS n FROM organizations').get()).toEqual({ n: 2 });
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  });

  it('rejects none of the creates that share its transaction when it fails', async () => {
    const { database, creates, addCustomer, create, numberOf } = await open();
    addCustomer();
    await create();
    // The existing pages have room for a create, but not for the sample.
    database.exec(`PRAGMA max_page_count = ${numberOf('page_count')}`);

    const [created, checked] = await Promise.allSettled([create(), creates.check()]);

    expect(created).toMatchObject({ status: 'fulfilled', value: { kind: 'created' } });
    expect(checked).toMatchObject({ status: 'rejected', reason: FULL });
  });
});
