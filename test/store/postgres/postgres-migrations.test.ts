// Migrations of PostgreSQL: which commands apply them, and databases that are rejected.
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../../../server/config.ts';
import { migrateStore, openStore, readSchemaState } from '../../../server/store/open.ts';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import { PASSWORD, startPostgres, type TestPostgres } from '../../support/postgres/postgres.ts';
import { commandIn } from '../../support/process/command.ts';
import { startReplica } from '../../support/process/replicas.ts';
import { runServer } from './run-server.ts';

/** The names of all migrations, in order. */
const MIGRATIONS = readdirSync(new URL('../../../server/store/postgres/schema/migrations', import.meta.url)).sort();

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(() => postgres.close());

const config = (url: string) => readConfig({ DATABASE_URL: url });

/** A role that may only log in. */
async function addRole(url: string): Promise<{ url: string; name: string }> {
  const name = `role_${Math.random().toString(36).slice(2)}`;
  await postgres.query(url, `CREATE ROLE ${name} LOGIN PASSWORD '${PASSWORD}'`);
  const changed = new URL(url);
  changed.username = name;
  return { url: changed.href, name };
}

describe('migrations', () => {
  it('are applied once when two servers and six stores start at once on an empty database', async () => {
    const url = await postgres.createDatabase();

    // A server in production creates no schema.
    const settings = { DATABASE_URL: url, NODE_ENV: 'development' };
    const [servers, stores] = await Promise.all([
      Promise.all(Array.from({ length: 2 }, () => startReplica(settings))),
      Promise.all(Array.from({ length: 6 }, () => openPostgresStore({ url }))),
    ]);
    onTestFinished(async () => {
      await Promise.all(servers.map((server) => server.kill('SIGKILL')));
      await Promise.all(stores.map((store) => store.close()));
    });

    expect(new Set(servers.map((server) => server.url)).size).toBe(2);
    const applied = await postgres.query(
      url,
      'SELECT version, name FROM customer_organizations_migrations ORDER BY version',
    );
    expect(applied).toEqual([...MIGRATIONS.map((name, index) => ({ version: index + 1, name }))]);
    // A database is for real customers, so nothing was added to it.
    expect(await postgres.query(url, 'SELECT FROM accounts')).toEqual([]);
  }, 60_000);

  it('are not applied to an empty database by a server in production', async () => {
    const url = await postgres.createSchema();

    const { code, stderr } = await commandIn({ DATABASE_URL: url, NODE_ENV: 'production', PORT: '0' }, 'serve');

    expect(code).toBe(1);
    expect(stderr).toMatch(
      /there is no schema yet, but version \d+ is required\. Run `.* migrate` with a role that may create tables/,
    );
    expect((await readSchemaState(config(url))).version).toBe(0);
  });

  it('are listed by name, and none the second time', async () => {
    const url = await postgres.createSchema();

    const applied = [await migrateStore(config(url)), await migrateStore(config(url))];

    expect(applied).toEqual([MIGRATIONS, []]);
  });

  it('can be run by another role than the one that serves', async () => {
    const url = await postgres.createDatabase();
    const serving = await addRole(url);
    await migrateStore(config(url));
    await postgres.query(url, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${serving.name}`);

    const store = await openStore(config(serving.url), { migrate: false });
    onTestFinished(() => store.close());
    const account = await store.addAccount('First');
    async function* people() {
      yield [{ id: account, name: 'Any' }];
    }
    await store.importCustomers(account, people());
    const outcome = await store.createOrganization({
      account,
      id: account,
      ownerId: account,
      memberIds: [],
      idempotency: { key: 'k', fingerprint: new Uint8Array(32) },
    });

    expect(outcome.kind).toBe('created');
    expect(await store.purgeIdempotencyKeys(10)).toBe(0);
    await expect(store.check()).resolves.toBeUndefined();
  });

  it('exit with 1 and one line when the schema is older and the role may not change it', async () => {
    const url = await postgres.createDatabase();
    const serving = await addRole(url);
    await migrateStore(config(url));
    await postgres.query(url, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${serving.name}`);
    const current = await openStore(config(serving.url), { migrate: true });
    await current.close();
    const newest = MIGRATIONS.length;
    await postgres.query(url, `DELETE FROM customer_organizations_migrations WHERE version = ${newest}`);

    const { exitCode, output } = await runServer(serving.url);

    expect(exitCode).toBe(1);
    expect(output).toContain(
      `the schema is version ${newest - 1}, but version ${newest} is required. Run \`npm run server -- migrate\``,
    );
  });

  it('exit with 1 and one line when the role may not create the schema', async () => {
    const url = await postgres.createDatabase();
    const serving = await addRole(url);

    const { exitCode, output } = await runServer(serving.url);

    expect(exitCode).toBe(1);
    expect(output).toContain(
      `there is no schema yet, but version ${MIGRATIONS.length} is required. Run \`npm run server -- migrate\``,
    );
    expect(output).not.toContain(PASSWORD);
    expect(output.trim().split('\n')).toHaveLength(1);
  });

  it('are an error for a newer schema and for that of another program', async () => {
    const newer = await postgres.createSchema();
    await migrateStore(config(newer));
    await postgres.query(newer, "INSERT INTO customer_organizations_migrations VALUES (99, '0099-later.sql', now())");
    const foreign = await postgres.createSchema();
    await postgres.query(foreign, 'CREATE TABLE accounts (mine text)');

    await expect(openStore(config(newer), { migrate: true })).rejects.toThrow(/newer version .*update the package/);
    await expect(openStore(config(foreign), { migrate: true })).rejects.toThrow(/tables of another program/);

    expect(await postgres.query(foreign, 'SELECT mine FROM accounts')).toEqual([]);
  });
});
