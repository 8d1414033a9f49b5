// Starting on PostgreSQL: migrations, roles, encryption, and errors.
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { readConfig } from '../../../server/config.ts';
import { migrateStore, openStore, readSchemaState } from '../../../server/store/open.ts';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import { StoreOpenError } from '../../../server/store/store-errors.ts';
import { addCertificate } from '../../support/http/tls.ts';
import { PASSWORD, startPostgres, type TestPostgres } from '../../support/postgres/postgres.ts';
import { commandIn } from '../../support/process/command.ts';
import { startReplica } from '../../support/process/replicas.ts';
import { startServerProcess } from '../../support/process/server-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** The names of all migrations, in order. */
const MIGRATIONS = readdirSync(new URL('../../../server/store/postgres/schema/migrations', import.meta.url)).sort();

let postgres: TestPostgres;
let certificate: string;

beforeAll(async () => {
  postgres = await startPostgres();
  certificate = await addCertificate(postgres.folder);
  const admin = await postgres.createDatabase();
  await postgres.query(admin, 'ALTER SYSTEM SET ssl = on');
  await postgres.query(admin, 'SELECT pg_reload_conf()');
});
afterAll(() => postgres.close());

/** Runs a server in this process until it ends by itself. */
async function runServer(url: string, timeoutMs = 0): Promise<{ exitCode: unknown; output: string }> {
  const settings = { DATABASE_URL: url, DATABASE_START_TIMEOUT_MS: String(timeoutMs), PORT: '0', LOG_LEVEL: 'error' };
  const { code, stdout, stderr } = await commandIn(settings, 'serve');
  return { exitCode: code, output: `${stdout}${stderr}` };
}

const config = (url: string) => readConfig({ DATABASE_URL: url });
const withParameters = (url: string, parameters: Record<string, string>) => {
  const changed = new URL(url);
  for (const [name, value] of Object.entries(parameters)) changed.searchParams.set(name, value);
  return changed.href;
};

/** A role that may log in, and nothing more. */
async function addRole(url: string): Promise<{ url: string; name: string }> {
  const name = `role_${Math.random().toString(36).slice(2)}`;
  await postgres.query(url, `CREATE ROLE ${name} LOGIN PASSWORD '${PASSWORD}'`);
  const changed = new URL(url);
  changed.username = name;
  return { url: changed.href, name };
}

describe('a clock that differs from that of PostgreSQL', () => {
  const DAY_MS = 86_400_000;

  it.each([
    [DAY_MS, /^The clock of this host is (86,400|86,399) s ahead of the clock of PostgreSQL: /],
    [-DAY_MS, /^The clock of this host is (86,400|86,399) s behind the clock of PostgreSQL: /],
  ])('by %i ms is reported at start and to metrics', async (offsetMs, message) => {
    const url = await postgres.createSchema();
    const reports: string[] = [];
    const onClockSkew = (report: string) => reports.push(report);

    const store = await openPostgresStore({ url, now: () => Date.now() + offsetMs, onClockSkew });
    onTestFinished(() => store.close());

    expect(reports).toEqual([expect.stringMatching(message)]);
    // The round trip is taken off.
    expect(Math.abs(store.findClockSkewMs?.() ?? 0)).toBeGreaterThan(DAY_MS - 60_000);
    expect(Math.abs(store.findClockSkewMs?.() ?? 0)).toBeLessThanOrEqual(DAY_MS);
  });

  it('later is reported by the checks, once until it is right again', async () => {
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

describe('migrations', () => {
  it('are applied once when two servers and six stores start at once on an empty database', async () => {
    const url = await postgres.createDatabase();

    // In production a server creates no schema.
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
    // A database is for real customers, so nothing was put into it.
    expect(await postgres.query(url, 'SELECT FROM accounts')).toEqual([]);
  }, 60_000);

  it('are not applied to an empty database by a server in production', async () => {
    const url = await postgres.createSchema();

    const { code, stderr } = await commandIn({ DATABASE_URL: url, NODE_ENV: 'production', PORT: '0' }, 'serve');

    expect(code).toBe(1);
    expect(stderr).toMatch(/there is no schema yet, but version \d+ is required\. Run `.* migrate`/);
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

describe('sslmode', () => {
  /** Opens a store by these parameters and gives whether PostgreSQL saw it encrypted. */
  const isEncrypted = async (parameters: Record<string, string>, host = 'localhost') => {
    const schema = await postgres.createSchema();
    const url = new URL(withParameters(schema, { application_name: 'ssl-test', ...parameters }));
    url.hostname = host;
    const store = await openPostgresStore({ url: url.href });
    try {
      await store.check();
      const rows = await postgres.query<{ ssl: boolean }>(
        schema,
        "SELECT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.application_name = 'ssl-test'",
      );
      return rows[0]?.ssl;
    } finally {
      await store.close();
    }
  };

  it('is not encrypted with disable', async () => {
    expect(await isEncrypted({ sslmode: 'disable' })).toBe(false);
  });

  it('accepts any certificate with require', async () => {
    expect(await isEncrypted({ sslmode: 'require' }, '127.0.0.1')).toBe(true);
  });

  it('binds the authentication to TLS with channel_binding=require', async () => {
    expect(await isEncrypted({ sslmode: 'require', channel_binding: 'require' })).toBe(true);
  });

  it('requires a trusted certificate of any host with verify-ca', async () => {
    expect(await isEncrypted({ sslmode: 'verify-ca', sslrootcert: certificate }, '127.0.0.1')).toBe(true);
  });

  it('requires a trusted certificate of the host with verify-full', async () => {
    expect(await isEncrypted({ sslmode: 'verify-full', sslrootcert: certificate })).toBe(true);
    await expect(isEncrypted({ sslmode: 'verify-full' })).rejects.toThrow(/certificate/);
    await expect(isEncrypted({ sslmode: 'verify-full', sslrootcert: certificate }, '127.0.0.1')).rejects.toThrow(
      /altnames/,
    );
  });
});
