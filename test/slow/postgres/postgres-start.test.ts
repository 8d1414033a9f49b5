// Starting on PostgreSQL: clocks, hosts, and databases that cannot be used.
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { readConfig } from '../../../server/config.ts';
import { migrateStore, readSchemaState } from '../../../server/store/open.ts';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import { StoreOpenError } from '../../../server/store/store-errors.ts';
import { runServer } from '../../store/postgres/run-server.ts';
import { PASSWORD, startPostgres, type TestPostgres } from '../../support/postgres/postgres.ts';
import { startServerProcess } from '../../support/process/server-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** The names of all migrations, in order. */
const MIGRATIONS = readdirSync(new URL('../../../server/store/postgres/schema/migrations', import.meta.url)).sort();

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(() => postgres.close());

const config = (url: string) => readConfig({ DATABASE_URL: url });

describe('a clock that differs from that of PostgreSQL', () => {
  const DAY_MS = 86_400_000;

  it.each([
    [DAY_MS, /^The clock of this host is (86,400|86,399) s ahead of the clock of PostgreSQL: /],
    [-DAY_MS, /^The clock of this host is (86,400|86,399) s behind the clock of PostgreSQL: /],
  ])('is reported at start and to metrics when it is %i ms off', async (offsetMs, message) => {
    const url = await postgres.createSchema();
    const reports: string[] = [];
    const onClockSkew = (report: string) => reports.push(report);

    const store = await openPostgresStore({ url, now: () => Date.now() + offsetMs, onClockSkew });
    onTestFinished(() => store.close());

    expect(reports).toEqual([expect.stringMatching(message)]);
    // The round trip is subtracted.
    expect(Math.abs(store.findClockSkewMs?.() ?? 0)).toBeGreaterThan(DAY_MS - 60_000);
    expect(Math.abs(store.findClockSkewMs?.() ?? 0)).toBeLessThanOrEqual(DAY_MS);
  });

  it('is reported by the checks when it goes wrong later, once until it is right again', async () => {
    const url = await postgres.createSchema();
    const reports: string[] = [];
    let offsetMs = 0;
    const onClockSkew = (report: string) => reports.push(report);
    const store = await openPostgresStore({ url, now: () => Date.now() + offsetMs, onClockSkew });
    onTestFinished(() => store.close());
    const checkAt = async (newOffsetMs: number) => {
      offsetMs = newOffsetMs;
      await store.check();
      return reports.length;
    };

    expect(await checkAt(0)).toBe(0);
    expect(await checkAt(DAY_MS)).toBe(1);
    expect(await checkAt(DAY_MS)).toBe(1);
    expect(await checkAt(0)).toBe(1);
    expect(store.findClockSkewMs?.()).toBe(0);
    expect(await checkAt(-DAY_MS)).toBe(2);
  });

  it('does not set the last use of a key in the future, and a wrong one is replaced', async () => {
    const url = await postgres.createSchema();
    const store = await openPostgresStore({ url });
    onTestFinished(() => store.close());
    const account = await store.addAccount('Acme');
    await store.addApiKey({ account, clientId: 'key', secretHash: new Uint8Array(32), pinnedVersion: undefined });
    const use = async (usedMs: number) => {
      await store.recordApiKeyUses([{ account, clientId: 'key', usedAt: new Date(usedMs) }]);
      return (await store.listApiKeys(account))[0]?.lastUsedAt?.getTime();
    };

    const ahead = await use(Date.now() + 2 * DAY_MS);
    expect(ahead).toBeLessThanOrEqual(Date.now());
    await postgres.query(url, "UPDATE api_keys SET last_used_at = now() + interval '2 days'");
    const usedMs = Date.now() - 1000;
    expect(await use(usedMs)).toBe(usedMs);
    expect(await use(usedMs - 1000)).toBe(usedMs);
  });
});

describe('a database URL', () => {
  it('accepts special characters in role, database and password', async () => {
    const admin = await postgres.createDatabase();
    const [role, name, password] = ["us:er@h/ü'", 'my /base?#', `p@ss/w:rd?#%[] é"\\'&=+`];
    await postgres.query(admin, `CREATE ROLE "${role}" LOGIN PASSWORD '${password.replaceAll("'", "''")}'`);
    await postgres.query(admin, `CREATE DATABASE "${name}" OWNER "${role}"`);
    const [user, secret, database] = [role, password, name].map(encodeURIComponent);

    const migrated = await migrateStore(config(`postgres://${user}:${secret}@127.0.0.1:${postgres.port}/${database}`));

    expect(migrated).toEqual(MIGRATIONS);
  });
});

describe('several hosts', () => {
  const standby = '-c default_transaction_read_only=on';

  it('are tried until one accepts writes', async () => {
    const database = new URL(await postgres.createDatabase());
    const hosts = `127.0.0.1:1,host.invalid:5,127.0.0.1:${postgres.port}`;
    const url = `postgres://postgres:${PASSWORD}@${hosts}${database.pathname}?target_session_attrs=read-write`;

    const store = await openPostgresStore({ url });
    onTestFinished(() => store.close());

    await expect(store.check()).resolves.toBeUndefined();
  });

  it('are reported when none accepts writes', async () => {
    const database = new URL(await postgres.createDatabase());
    const host = `127.0.0.1:${postgres.port}`;
    const options = encodeURIComponent(standby);
    const url = `postgres://postgres:${PASSWORD}@${host},${host}${database.pathname}?options=${options}`;

    await expect(openPostgresStore({ url })).rejects.toThrow(/all hosts are read-only at the moment/);
  });
});

describe('a database that cannot be used', () => {
  const broken = async (change: (url: URL) => void) => {
    const url = new URL(await postgres.createSchema());
    change(url);
    const error = await openPostgresStore({ url: url.href }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(StoreOpenError);
    return error instanceof Error ? error.message : '';
  };

  it.each<[string, (url: URL) => void, RegExp]>([
    ['a wrong password', (url) => (url.password = 'wrong-wrong'), /password is wrong/],
    ['no password', (url) => (url.password = ''), /asks for a password, and there is none in DATABASE_URL/],
    ['an unknown user', (url) => (url.username = 'nobody'), /password is wrong, or the user does not exist/],
    ['an unknown database', (url) => (url.pathname = '/none'), /no such database/],
    ['a port where nothing listens', (url) => (url.port = '1'), /nothing listens there/],
    ['a host that does not exist', (url) => (url.hostname = 'host.invalid'), /host/],
    ['no Unix socket', (url) => url.searchParams.set('host', '/none'), /there is no such Unix socket/],
  ])('is reported in one line: %s', async (_, change, expected) => {
    const message = await broken(change);

    expect(message).toMatch(expected);
    expect(message).not.toContain(PASSWORD);
    expect(message).not.toContain('wrong-wrong');
    expect(message).not.toContain('\n');
  });

  it.each([
    ['db.example', true],
    ['127.0.0.1', false],
  ])('looks in the file of PGPASSFILE for the host, and not for its hostaddr: %s', async (host, isFound) => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'pgpass');
    await writeFile(file, `${host}:*:*:*:${PASSWORD}\n`, { mode: 0o600 });
    vi.stubEnv('PGPASSFILE', file);
    onTestFinished(() => void vi.unstubAllEnvs());
    const url = new URL(await postgres.createDatabase());
    Object.assign(url, { hostname: 'db.example', password: '' });
    url.searchParams.set('hostaddr', '127.0.0.1');

    const opened = openPostgresStore({ url: url.href });
    if (isFound) await (await opened).close();
    else
      await expect(opened).rejects.toThrow(/on db\.example:\d+ \(127\.0\.0\.1\) as postgres\): .+ asks for a password/);
  });

  it('gets its password from the file of PGPASSFILE, without a warning', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'pgpass');
    await writeFile(file, `*:*:*:postgres:${PASSWORD}\n`, { mode: 0o600 });
    vi.stubEnv('PGPASSFILE', file);
    onTestFinished(() => void vi.unstubAllEnvs());
    const warnings = vi.spyOn(process, 'emitWarning');
    const url = new URL(await postgres.createSchema());
    url.password = '';

    const store = await openPostgresStore({ url: url.href });
    onTestFinished(() => store.close());

    expect(await store.listAccounts()).toEqual([]);
    expect(warnings).not.toHaveBeenCalled();
  });

  it('says that connecting timed out', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    onTestFinished(() => void silent.close());
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo; // It listens on TCP.

    const message = await broken((url) => {
      url.port = String(port);
      url.searchParams.set('connect_timeout', '1');
    });

    expect(message).toMatch(
      /: it did not respond in time\. Correct DATABASE_URL, or look for a firewall in between\.$/,
    );
  });

  it('names a missing table', async () => {
    const url = await postgres.createSchema();
    await migrateStore(config(url));
    await postgres.query(url, 'ALTER TABLE idempotency_keys RENAME TO other');

    for (const attempt of [readSchemaState, migrateStore])
      await expect(attempt(config(url))).rejects.toThrow(/ lacks table idempotency_keys, which schema \d has/);
  });

  it('does not pass the check of a schema that needs newer code', async () => {
    const url = await postgres.createSchema();
    await migrateStore(config(url));
    const add = (version: number, oldestCode: number) =>
      postgres.query(
        url,
        'INSERT INTO customer_organizations_migrations (version, name, applied_at, oldest_code) ' +
          `VALUES (${version}, 'later', now(), ${oldestCode})`,
      );

    await add(98, 1);
    expect(await readSchemaState(config(url))).toMatchObject({ version: 98, missing: [] });
    await add(99, 99);
    await expect(readSchemaState(config(url))).rejects.toThrow(/ was migrated by a newer version of this package/);
  });

  it('exits with 1 without printing the password', async () => {
    const server = startServerProcess({
      DATABASE_URL: `postgres://postgres:${PASSWORD}@127.0.0.1:1/none`,
      DATABASE_START_TIMEOUT_MS: '0',
    });

    expect(await server.ended).toBe(1);
    expect(server.output()).toBe(
      'Cannot use PostgreSQL (none on 127.0.0.1:1 as postgres): nothing listens there. ' +
        'Start the server, or correct DATABASE_URL.\n',
    );
  });
});

describe('a database that is not up yet', () => {
  it('is waited for, and then served', async () => {
    const url = await postgres.createDatabase();
    await postgres.kill();

    const server = startServerProcess({ DATABASE_URL: url });
    onTestFinished(async () => {
      server.child.kill('SIGKILL');
      await server.ended;
    });
    await vi.waitUntil(() => server.output().includes('"msg":"waiting for the database"'), { timeout: 20_000 });
    await postgres.start();

    expect(await server.url).toMatch(/^http:/);
    expect(server.output()).toContain('nothing listens there');
    expect(server.output()).not.toContain(PASSWORD);
  });

  it('ends the server with exit code 1 and the cause after DATABASE_START_TIMEOUT_MS', async () => {
    const { exitCode, output } = await runServer(`postgres://postgres:${PASSWORD}@127.0.0.1:1/none`, 300);

    expect(exitCode).toBe(1);
    expect(output).toMatch(/^Cannot use PostgreSQL \(.+\): nothing listens there\. .+\n$/);
  });
});
