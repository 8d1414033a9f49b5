// A PostgreSQL that waits for a missing synchronous standby.
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import type { Store } from '../../../server/store/store.ts';
import { startPostgres } from '../../support/postgres/postgres.ts';
import { commandIn, ended, spawnCommand } from '../../support/process/command.ts';
import { addTeam } from '../../support/process/replicas.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const postgres = await startPostgres(['-c', 'max_connections=20']);
afterAll(() => postgres.close());

const MESSAGE =
  'PostgreSQL waits for a synchronous standby that does not confirm commits (synchronous_standby_names = "gone"). ' +
  'Start the standby, or change that setting.';

async function setStandbys(database: string, names: string): Promise<void> {
  await postgres.query(database, `ALTER SYSTEM SET synchronous_standby_names = '${names}'`);
  await postgres.query(database, 'SELECT pg_reload_conf()');
}

async function prepare() {
  const database = await postgres.createDatabase();
  // A busy machine may take over a second for a connection.
  const store = await openPostgresStore({ url: database, timeoutMs: 3000 });
  onTestFinished(() => store.close());
  const { account, body } = await addTeam(store);
  await store.check();
  onTestFinished(() => setStandbys(database, ''));
  const create = () => store.createOrganization({ account, id: randomUUID(), ...body });
  const reserve = () => store.reserveRequests?.({ account, clientId: 'key', requests: 1, windowMs: 60_000 });
  const waiting = async () =>
    (await postgres.query(database, "SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'")).length;
  return { database, store, account, body, create, reserve, waiting };
}

describe('while a synchronous standby is gone', () => {
  it('the store is not ready and names the cause, and is ready again by itself', async () => {
    const { database, store, create, reserve } = await prepare();
    await setStandbys(database, 'gone');

    const expected = { name: 'StoreUnavailableError', kind: 'standby', message: MESSAGE };
    await vi.waitFor(() => expect(store.check()).rejects.toMatchObject(expected), { timeout: 10_000 });
    await expect(create()).rejects.toMatchObject(expected);
    await expect(reserve()).rejects.toMatchObject(expected);
    await expect(store.check()).rejects.toMatchObject(expected);

    await setStandbys(database, '');
    await vi.waitFor(() => expect(store.check()).resolves.toBeUndefined(), { timeout: 10_000 });
    expect((await create()).kind).toBe('created');
  });

  it('checks and creates use up no connections of the server', async () => {
    const { database, store, create, waiting } = await prepare();
    await setStandbys(database, 'gone');
    await vi.waitFor(() => expect(create()).rejects.toMatchObject({ kind: 'standby' }), { timeout: 10_000 });
    // From now on, no commit is sent.
    await vi.waitFor(() => expect(create()).rejects.toMatchObject({ cause: undefined }), { timeout: 10_000 });

    const before = await waiting();
    for (let round = 0; round < 20; round++)
      await Promise.allSettled([store.check(), create(), new Promise((settle) => setTimeout(settle, 300))]);

    expect(await waiting()).toBe(before);
    expect(before).toBeLessThan(10);
  });
});

/** A commit, and the end of its wait for a standby. Both have the word by which the second finds the first. */
const COMMIT = "SELECT pg_logical_emit_message(true, 'probe', '')";
const CANCEL =
  "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query LIKE '%probe%'";

/**
 * Makes all commits wait from now on. They do once PostgreSQL's checkpointer knows the setting, which may be later than
 * its sessions do.
 */
async function loseStandby(database: string): Promise<void> {
  await setStandbys(database, 'gone');
  const commit = async () => {
    let isConfirmed = false;
    const committing = postgres.query(database, COMMIT).then(() => {
      isConfirmed = true;
    });
    let canceled = 0;
    await vi.waitUntil(async () => {
      canceled = (await postgres.query(database, CANCEL)).length;
      return canceled > 0 || isConfirmed;
    });
    await committing;
    expect(canceled).toBe(1);
  };
  await vi.waitFor(commit, { timeout: 10_000 });
}

async function customerFile(): Promise<string> {
  const file = join((await temporaryFolder()).path, 'customers.csv');
  await writeFile(file, `id,name\n${randomUUID()},New\n`);
  return file;
}

async function eventsOf(store: Store): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of store.listEvents()) ids.push(id);
  return ids;
}

describe('commands while a synchronous standby is gone', () => {
  it('reject every change within seconds, and change nothing', async () => {
    const { database, store, account, body } = await prepare();
    const [{ name = '' } = {}] = await store.listAccounts();
    const [{ clientId = '' } = {}] = await store.listApiKeys(account);
    const organization = randomUUID();
    const [spare = '', ownerId = ''] = body.memberIds;
    await store.createOrganization({ account, id: organization, ownerId, memberIds: [] });
    const file = await customerFile();
    const before = await eventsOf(store);
    await loseStandby(database);
    // A commit that waits, by which the commands know that theirs would.
    await vi.waitFor(() => expect(store.check()).rejects.toMatchObject({ kind: 'standby' }), { timeout: 10_000 });

    const changes = [
      ['keys', 'disable', clientId],
      ['keys', 'pin', clientId, 'none'],
      ['keys', 'revoke', clientId],
      ['keys', 'rotate', clientId],
      ['keys', 'create', '--account', name],
      ['customers', 'import', file, '--account', name],
      ['customers', 'delete', spare, '--account', name],
      ['organizations', 'delete', organization],
      ['accounts', 'rename', name, 'Other'],
      ['accounts', 'delete', name, '--with-data'],
    ];
    for (const argv of changes) {
      const ended = await commandIn({ DATABASE_URL: database, DATABASE_TIMEOUT_MS: '2000' }, ...argv);
      expect(ended, argv.join(' ')).toMatchObject({ code: 1, stdout: '' });
      const ending = `${MESSAGE} Nothing was changed; try again.\n`;
      expect(ended.stderr.slice(-ending.length), argv.join(' ')).toBe(ending);
    }
    await setStandbys(database, '');

    // No commit was sent, so none takes effect now.
    await vi.waitFor(() => expect(store.check()).resolves.toBeUndefined(), { timeout: 10_000 });
    expect(await eventsOf(store)).toEqual(before);
  });

  it('read without a limit, and count an import', async () => {
    const { database, store } = await prepare();
    const [{ name = '' } = {}] = await store.listAccounts();
    const file = await customerFile();
    await loseStandby(database);

    for (const argv of [
      ['keys', 'list'],
      ['accounts', 'list'],
      ['events', 'export'],
      ['migrate', '--check'],
      ['customers', 'import', file, '--account', name, '--dry-run'],
    ])
      expect((await commandIn({ DATABASE_URL: database }, ...argv)).code, argv.join(' ')).toBe(0);
  });

  it('migrate refuses to begin', async () => {
    const { database } = await prepare();
    const empty = await postgres.createDatabase();
    const waiting = async () =>
      (await postgres.query(empty, "SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'")).length;
    await loseStandby(database);
    const before = await waiting();

    const ended = await commandIn({ DATABASE_URL: empty }, 'migrate');
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('it does not confirm commits. Nothing was changed.');
    // The next commit sees that others wait.
    const again = await commandIn({ DATABASE_URL: empty }, 'migrate');
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain(`${MESSAGE} Nothing was changed.`);
    expect(await waiting()).toBe(before + 1);
    await setStandbys(database, '');
    expect((await commandIn({ DATABASE_URL: empty }, 'migrate', '--check')).code).toBe(1);
  });
});

describe('a synchronous standby that goes while a command runs', () => {
  /** An import that has been checked and has sent its rows, but has not ended. */
  function startImport(store: Store, account: string) {
    const { promise: isReading, resolve: reading } = Promise.withResolvers<void>();
    const { promise: end, resolve: finish } = Promise.withResolvers<void>();
    const source = async function* () {
      yield [{ id: randomUUID(), name: 'New' }];
      reading();
      await end;
    };
    const importing = store.importCustomers(account, source());
    importing.catch(() => {});
    return { importing, isReading, finish };
  }

  /** A lock that an import waits for, until the client ends. */
  async function lockAccounts(database: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: database });
    await client.connect();
    onTestFinished(() => client.end());
    await client.query('BEGIN; SELECT FROM accounts FOR UPDATE');
    return client;
  }

  async function untilWaiting(database: string, condition: string): Promise<void> {
    const text = `SELECT FROM pg_stat_activity WHERE ${condition} AND datname = current_database()`;
    const find = async () => expect(await postgres.query(database, text)).toHaveLength(1);
    await vi.waitFor(find, { timeout: 20_000 });
  }

  it('the change is reported as sent but not confirmed, and takes effect when the standby is back', async () => {
    const { database, account } = await prepare();
    const store = await openPostgresStore({ url: database, timeoutMs: 3000, commitTimeoutMs: 1500 });
    onTestFinished(() => store.close());
    const count = async () => (await store.countContents(account)).customers;
    const before = await count();
    const { importing, isReading, finish } = startImport(store, account);
    await isReading;
    await loseStandby(database);
    finish();

    await expect(importing).rejects.toMatchObject({
      kind: 'standby',
      mayBeStored: true,
      message: `PostgreSQL has not confirmed the commit within 1.5 s. ${MESSAGE}`,
    });
    expect(await count()).toBe(before);
    await setStandbys(database, '');
    await vi.waitFor(async () => expect(await count()).toBe(before + 1), { timeout: 10_000 });
  });

  it('Ctrl-C ends a command that waits for a lock at once, and nothing is changed', async () => {
    const { database, store } = await prepare();
    const [{ name = '' } = {}] = await store.listAccounts();
    const before = await eventsOf(store);
    const lock = await lockAccounts(database);
    const argv = ['customers', 'import', await customerFile(), '--account', name];
    const child = spawnCommand({ DATABASE_URL: database, NODE_ENV: 'production' }, ...argv);
    onTestFinished(() => void child.kill('SIGKILL'));
    const end = ended(child);
    await untilWaiting(database, "wait_event_type = 'Lock'");
    child.kill('SIGINT');

    expect(await end).toMatchObject({ code: 1, stdout: '' });
    expect((await end).stderr).toContain('Stopped by SIGINT; nothing was changed.\n');
    await lock.end();
    expect(await eventsOf(store)).toEqual(before);
  });

  it('Ctrl-C ends a command that waits for the commit at once, with exit code 3 and where to look', async () => {
    const { database, store } = await prepare();
    const [{ name = '' } = {}] = await store.listAccounts();
    const lock = await lockAccounts(database);
    const argv = ['customers', 'import', '-', '--format', 'csv', '--account', name];
    const child = spawnCommand({ DATABASE_URL: database, NODE_ENV: 'production' }, ...argv);
    onTestFinished(() => void child.kill('SIGKILL'));
    const end = ended(child);
    child.stdin.end(`id,name\n${randomUUID()},New\n`);
    await untilWaiting(database, "wait_event_type = 'Lock'");
    await loseStandby(database);
    await lock.end();
    await untilWaiting(database, "wait_event = 'SyncRep'");
    child.kill('SIGINT');

    const { code, stdout, stderr } = await end;
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('PostgreSQL has not confirmed the commit yet.');
    expect(stderr).toContain('The change may have been made, or be made later, as when the standby is back.');
    expect(stderr).not.toContain('nothing was changed');
  });
});
