// TruncationGuard: files of an open database that are truncated.
import { statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { v7 as newId } from 'uuid';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from '../../../../../server/store/sqlite/store.ts';
import type { Store } from '../../../../../server/store/store.ts';
import { StoreOpenError, StoreUnavailableError } from '../../../../../server/store/store-errors.ts';
import { createApiKey } from '../../../../support/api-key.ts';
import { temporaryFolder } from '../../../../support/temporary-folder.ts';

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';

let path: string;
let store: Store;
let account: string;
/** The connection of another program, so that the end of the test is not the last close. */
let other: DatabaseSync;

beforeEach(async () => {
  const folder = await temporaryFolder();
  path = join(folder.path, 'a.db');
  store = openSqliteStore({ path });
  other = new DatabaseSync(path);
  onTestFinished(async () => {
    await store.close().catch(() => undefined);
    if (other.isOpen) other.close();
    await folder[Symbol.asyncDispose]();
  });
  account = await store.addAccount('Acme');
  await store.importCustomers(account, owner());
  await Promise.all(Array.from({ length: 50 }, create));
});

async function* owner() {
  yield [{ id: OWNER, name: 'Owner' }];
}

const create = () => store.createOrganization({ account, id: newId(), ownerId: OWNER, memberIds: [] });

const sizeOf = (suffix: string) => statSync(path + suffix).size;

/** Moves the WAL into the database, and fills the WAL again. */
async function checkpoint(): Promise<void> {
  other.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  await create();
}

describe.each([
  ['-wal', 'to nothing', () => 0],
  ['-wal', 'to its header', () => 32],
  ['-wal', 'by half', (bytes: number) => Math.floor(bytes / 2)],
  ['-wal', 'by a byte', (bytes: number) => bytes - 1],
  ['', 'to nothing', () => 0],
  ['', 'to a page', () => 4096],
  ['', 'by half', (bytes: number) => Math.floor(bytes / 2)],
] as const)('a store whose a.db%s is truncated %s', (suffix, _, shorten) => {
  beforeEach(async () => {
    await checkpoint();
    truncateSync(path + suffix, shorten(sizeOf(suffix)));
  });

  const message = `a.db${suffix} was truncated while it is open`;

  it.each([
    ['createOrganization', () => create()],
    ['addAccount', () => store.addAccount('Other')],
    ['addApiKey', () => store.addApiKey(createApiKey(account).stored)],
    ['revokeApiKey', () => store.revokeApiKey('any')],
    ['importCustomers', () => store.importCustomers(account, owner())],
    ['purgeIdempotencyKeys', () => store.purgeIdempotencyKeys(10)],
    ['check', () => store.check()],
  ])('rejects %s and writes nothing', async (_, write) => {
    const sizes = ['', '-wal'].map(sizeOf);

    await expect(write()).rejects.toThrow(message);
    await expect(write()).rejects.toBeInstanceOf(StoreUnavailableError);

    expect(['', '-wal'].map(sizeOf)).toEqual(sizes);
  });

  it('keeps rejecting when the file gets its size back', async () => {
    const bytes = sizeOf(suffix);
    await expect(create()).rejects.toThrow(message);

    truncateSync(path + suffix, bytes + 100_000);

    await expect(create()).rejects.toThrow(message);
  });

  it('rejects close and leaves the files unchanged', async () => {
    await expect(create()).rejects.toThrow(message);
    const sizes = ['', '-wal'].map(sizeOf);
    other.close();

    await expect(store.close()).rejects.toThrow(message);

    expect(['', '-wal'].map(sizeOf)).toEqual(sizes);
  });
});

describe('a store whose log is truncated', () => {
  it.each([
    ['before anything was moved out of it', () => undefined],
    ['after a checkpoint', checkpoint],
  ])('is not opened by another process %s', async (_, prepare) => {
    await prepare();
    truncateSync(`${path}-wal`, 0);

    expect(() => openSqliteStore({ path })).toThrow(StoreOpenError);
    expect(() => openSqliteStore({ path })).toThrow(/a\.db(-wal)? was truncated while it is open/);
  });

  it('rejects creates after another program has appended to the WAL', async () => {
    other.exec("INSERT INTO accounts VALUES ('x', 'x', 0)");
    truncateSync(`${path}-wal`, 0);
    other.exec("INSERT INTO accounts VALUES ('y', 'y', 0)");

    await expect(create()).rejects.toThrow('a.db-wal was truncated while it is open');
  });

  it('reports the truncation when a read fails', async () => {
    const cold = openSqliteStore({ path });
    onTestFinished(() => cold.close().catch(() => undefined));
    truncateSync(`${path}-wal`, 0);

    await expect(cold.listAccounts()).rejects.toThrow('a.db-wal was truncated while it is open');
  });
});

describe('a store whose files are complete', () => {
  it.each(['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE'])(
    'accepts creates after a %s checkpoint of another program',
    async (kind) => {
      other.exec(`PRAGMA wal_checkpoint(${kind})`);

      expect((await create()).kind).toBe('created');
      expect((await create()).kind).toBe('created');
    },
  );

  it('accepts creates after a VACUUM of another program', async () => {
    other.exec('CREATE TABLE large (bytes BLOB); INSERT INTO large VALUES (zeroblob(1000000))');
    other.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    await create();
    const before = sizeOf('');
    other.exec('DROP TABLE large; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');

    expect(sizeOf('')).toBeLessThan(before);
    expect((await create()).kind).toBe('created');
    expect((await create()).kind).toBe('created');
  });

  it('accepts writes in memory', async () => {
    const memory = openSqliteStore({ path: ':memory:' });
    onTestFinished(() => memory.close());

    await expect(memory.check()).resolves.toBeUndefined();
  });
});
