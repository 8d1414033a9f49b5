// PostgreSQL databases in an encoding other than UTF-8.
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../../../server/config.ts';
import { migrateStore } from '../../../server/store/open.ts';
import { findApiKey } from '../../../server/store/postgres/accounts/api-keys.ts';
import { parseDatabaseUrl } from '../../../server/store/postgres/address/url.ts';
import { ConnectionPool } from '../../../server/store/postgres/connection/connection-pool.ts';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import { StoreUnavailableError } from '../../../server/store/store-errors.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres/postgres.ts';
import { commandIn } from '../../support/process/command.ts';
import { runServer } from './run-server.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());

/** Creates an empty database in another encoding. */
async function createEncoded(encoding: string): Promise<string> {
  const url = new URL(await postgres.createDatabase());
  const name = `${url.pathname.slice(1)}_${encoding.toLowerCase()}`;
  await postgres.query(url.href, `CREATE DATABASE ${name} ENCODING '${encoding}' LOCALE 'C' TEMPLATE template0`);
  url.pathname = name;
  return url.href;
}

describe('the encoding of a database', () => {
  it.each(['LATIN1', 'EUC_JP', 'WIN1252'])('is rejected in one line, and nothing is changed: %s', async (encoding) => {
    const url = await createEncoded(encoding);
    const migrated = await commandIn({ DATABASE_URL: url }, 'migrate');
    const checked = await commandIn({ DATABASE_URL: url }, 'migrate', '--check');
    const created = await commandIn({ DATABASE_URL: url }, 'keys', 'create', '--account', 'A', '--create-account');
    const { exitCode, output } = await runServer(url, 60_000);

    const line = new RegExp(`^[^\n]* has the encoding ${encoding}, [^\n]*createdb --encoding=UTF8 [^\n]*\n$`);
    for (const { code, stdout, stderr } of [migrated, checked, created]) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(line);
    }
    expect(exitCode).toBe(1);
    expect(output).toMatch(line);
    const tables = "SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    expect(await postgres.query(url, tables)).toEqual([]);
  });

  it('may be SQL_ASCII, which stores any name', async () => {
    const store = await openPostgresStore({ url: await createEncoded('SQL_ASCII') });
    onTestFinished(() => store.close());

    await store.addAccount('日本 é🎉');

    expect(await store.listAccounts()).toMatchObject([{ name: '日本 é🎉' }]);
  });

  it('makes the store unavailable in one line while it lacks a character', async () => {
    const url = await postgres.createDatabase();
    await migrateStore(readConfig({ DATABASE_URL: url }));
    const name = new URL(url).pathname.slice(1);
    await postgres.query(url, `UPDATE pg_database SET encoding = pg_char_to_encoding('LATIN1') WHERE datname = $1`, [
      name,
    ]);
    const pool = new ConnectionPool(parseDatabaseUrl(url, {}), { poolSize: 1, timeoutMs: 5000, idleTimeoutMs: 1000 });
    onTestFinished(() => pool.close());
    const find = () => pool.run((query) => findApiKey(query, '日本', new Date().toISOString()), { repeatable: true });

    const message =
      /^PostgreSQL cannot do this at the moment \(22P05: [^\n]+\)\. The database needs the encoding UTF8\. /;
    await expect(find()).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(find()).rejects.toMatchObject({ kind: 'schema', message: expect.stringMatching(message) });
  });
});
