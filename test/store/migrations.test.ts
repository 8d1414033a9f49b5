// Two versions of the schema: the code of the older version works on the newer schema, so that an upgrade can be rolled
// back. Also tests which commands migrate.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Migration } from '../../server/store/migrations.ts';
import { parseDatabaseUrl } from '../../server/store/postgres/address/url.ts';
import { prepareSchema, readPostgresMigrations } from '../../server/store/postgres/schema/migrate.ts';
import { openPostgresStore } from '../../server/store/postgres/store.ts';
import { openDatabase } from '../../server/store/sqlite/file/open.ts';
import { readSqliteMigrations } from '../../server/store/sqlite/schema/migrate.ts';
import { openSqliteStore } from '../../server/store/sqlite/store.ts';
import type { Store } from '../../server/store/store.ts';
import { closeOnce, databasePath, organizationIds } from '../support/fixtures.ts';
import { startPostgres, type TestPostgres } from '../support/postgres/postgres.ts';
import { commandIn } from '../support/process/command.ts';
import { batches } from './conformance/store-fixture.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());

/** The schema of the next version, with a column that this version does not know. */
function next(known: readonly Migration[], oldestCode: number): Migration[] {
  const sql = 'ALTER TABLE organizations ADD COLUMN note text; CREATE TABLE notes (id integer NOT NULL PRIMARY KEY)';
  const version = known.length + 1;
  return [...known, { version, name: `${String(version).padStart(4, '0')}-notes.sql`, sql, oldestCode }];
}

/** The tables, in an order in which references come before their targets. */
const tablesOf = (database: DatabaseSync) =>
  database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid DESC").all();

/** The stores, with the settings that select them, and a function that applies the schema of the next version. */
const STORES = {
  sqlite: async () => {
    const path = await databasePath();
    return {
      settings: { DATABASE_PATH: path },
      known: readSqliteMigrations().length,
      open: async (): Promise<Store> => openSqliteStore({ path }),
      upgrade: async (oldestCode: number) => {
        openDatabase(path, { migrations: next(readSqliteMigrations(), oldestCode) }).close();
      },
      downgrade: async () => {
        const version = readSqliteMigrations().length - 1;
        const database = new DatabaseSync(path);
        database.exec(`PRAGMA user_version = ${version}`);
        // A file is empty before the first version.
        if (version === 0) database.exec('PRAGMA journal_mode = DELETE');
        if (version === 0) for (const { name } of tablesOf(database)) database.exec(`DROP TABLE ${name}`);
        database.close();
      },
      schemaVersion: async () => {
        const database = new DatabaseSync(path);
        const row = database.prepare('PRAGMA user_version').get();
        database.close();
        return Number(row?.user_version);
      },
    };
  },
  postgres: async () => {
    const url = await postgres.createDatabase();
    return {
      settings: { DATABASE_URL: url },
      known: readPostgresMigrations().length,
      open: () => openPostgresStore({ url }),
      upgrade: async (oldestCode: number) => {
        const migrations = next(readPostgresMigrations(), oldestCode);
        await prepareSchema(parseDatabaseUrl(url), { migrate: true, migrations });
      },
      downgrade: async () => {
        const text = 'DELETE FROM customer_organizations_migrations WHERE version = $1';
        await postgres.query(url, text, [readPostgresMigrations().length]);
      },
      schemaVersion: async () => {
        const text = 'SELECT max(version) AS version FROM customer_organizations_migrations';
        const [row] = await postgres.query<{ version: number }>(url, text);
        return row?.version;
      },
    };
  },
};

describe.each(Object.entries(STORES))('%s', (_, prepare) => {
  /** A store of this version with an account, and a create on any store. */
  async function fill() {
    const database = await prepare();
    const store = await database.open();
    const close = closeOnce(store);
    onTestFinished(close);
    const account = await store.addAccount('Acme');
    const ownerId = randomUUID();
    await store.importCustomers(account, batches([{ id: ownerId, name: 'Owner' }]));
    const create = async (on: Store) => {
      const idempotency = { key: randomUUID(), fingerprint: new Uint8Array(32) };
      const organization = { account, id: randomUUID(), ownerId, memberIds: [ownerId], idempotency };
      return (await on.createOrganization(organization)).kind;
    };
    return { ...database, store, close, account, create };
  }

  it('keeps serving with the code of the version before, which can also start again', async () => {
    const { store, account, create, open, upgrade, known } = await fill();
    expect(await create(store)).toBe('created');

    await upgrade(known);

    expect(await create(store)).toBe('created');
    await store.check();
    const rolledBack = await open();
    onTestFinished(() => rolledBack.close());
    await rolledBack.check();
    expect(await create(rolledBack)).toBe('created');
    expect(await organizationIds(rolledBack, account)).toHaveLength(3);
  });

  it('refuses to start with code that is too old for the schema', async () => {
    const { open, upgrade, known } = await fill();

    await upgrade(known + 1);

    await expect((async () => open())()).rejects.toThrow(/newer version of this package .* update the package/);
  });

  it('is reported by migrate --check with an exit code, which changes nothing', async () => {
    const { settings, schemaVersion, upgrade, known } = await fill();
    const check = async () => {
      const { code, stdout, stderr } = await commandIn(settings, 'migrate', '--check');
      return { code, text: stdout + stderr };
    };

    expect(await check()).toMatchObject({ code: 0, text: expect.stringMatching(/ is up to date\.\n$/) });
    await upgrade(known);
    expect(await check()).toMatchObject({ code: 0, text: expect.stringContaining('Its schema is newer') });
    expect(await schemaVersion()).toBe(known + 1);
  });

  it('is not changed by any other command', async () => {
    const { settings, close, schemaVersion, downgrade, known } = await fill();
    await close();
    await downgrade();
    const before = await schemaVersion();

    const results = await Promise.all(
      [
        ['keys', 'list'],
        ['organizations', 'export', '--account', 'Acme'],
        ['serve', '--no-migrate'],
      ].map((argv) => commandIn({ ...settings, PORT: '0' }, ...argv)),
    );

    for (const { code, stderr } of results) {
      expect(code).toBe(1);
      expect(stderr).toMatch(new RegExp(`but version ${known} is required\\. Run .* migrate`));
    }
    expect(await schemaVersion()).toBe(before);
    const { code, stderr } = await commandIn(settings, 'migrate', '--check');
    expect(code).toBe(1);
    expect(stderr).toMatch(/ lacks \d{4}-[\w-]+\.sql\. `migrate` applies them\.\n$/);
  });
});

describe('a SQLite file that does not exist', () => {
  it.each([
    ['keys', 'list'],
    ['migrate', '--check'],
    ['serve', '--no-migrate'],
  ])('is not created by %s %s', async (...argv) => {
    const path = await databasePath();

    const { code, stderr } = await commandIn({ DATABASE_PATH: path, PORT: '0' }, ...argv);

    expect(code).toBe(1);
    expect(stderr).toMatch(/^There is no database .+test\.db\. Set DATABASE_PATH to an existing one; .+\n$/);
    expect(existsSync(path)).toBe(false);
  });
});

describe('the migrations', () => {
  it.each([
    ['SQLite', readSqliteMigrations()],
    ['PostgreSQL', readPostgresMigrations()],
  ])('are numbered without gaps, and need no newer code than their own: %s', (_, migrations) => {
    expect(migrations.map(({ name }) => Number(name.slice(0, 4)))).toEqual(migrations.map(({ version }) => version));
    for (const { version, oldestCode } of migrations) expect(oldestCode).toBeLessThanOrEqual(version);
  });
});
