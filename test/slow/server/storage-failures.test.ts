// The server while the database cannot be written: responses, readiness, no partial writes, and recovery.
import { randomUUID } from 'node:crypto';
import { chmod, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { seedDemo } from '../../../server/demo/demo.ts';
import { GroupCommit } from '../../../server/store/sqlite/creates/group-commit.ts';
import { openSqliteStore } from '../../../server/store/sqlite/store.ts';
import { StoreUnavailableError } from '../../../server/store/store-errors.ts';
import { batches } from '../../store/conformance/store-fixture.ts';
import { databasePath, startServer } from '../../support/fixtures.ts';
import { exchange, send, type TestResponse } from '../../support/http/http.ts';
import { ended, spawnCommand } from '../../support/process/command.ts';

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const MEMBERS = ['e309e948-088e-4d77-b654-cd85498f1555', 'e06f36e2-0a44-404d-bdbc-b66a292609b0'];
const VALID = { ownerId: OWNER, memberIds: MEMBERS };

/** A server in a process of its own. `fileLimitKib` is the maximum size of its files, as if the disk were full then. */
async function start({ fileLimitKib }: { fileLimitKib?: number } = {}) {
  const path = await databasePath();
  if (fileLimitKib !== undefined) await fillBeyond(path, fileLimitKib * 1024);
  const node = fileLimitKib === undefined ? process.execPath : await limitFiles(dirname(path), fileLimitKib * 1024);
  const server = startServer({ DATABASE_PATH: path, RATE_LIMIT_PER_MINUTE: '0' }, { node });
  return { ...server, url: await server.url, path };
}

/** A database so large that the server can move no part of its log into it. */
async function fillBeyond(path: string, bytes: number): Promise<void> {
  const store = openSqliteStore({ path });
  await seedDemo(store);
  const [account] = await store.listAccounts();
  // Each customer takes more than 50 bytes.
  const people = Array.from({ length: bytes / 50 }, (_, n) => ({ id: randomUUID(), name: `Customer ${n}` }));
  await store.importCustomers(account?.id ?? '', batches(people));
  await store.close();
  expect((await stat(path)).size).toBeGreaterThan(bytes);
}

/** A program like Node that cannot write a file beyond this size. */
async function limitFiles(folder: string, bytes: number): Promise<string> {
  const node = join(folder, 'node');
  // POSIX counts in blocks of 512 bytes. Node ignores SIGXFSZ, so a write beyond the limit fails with EFBIG.
  await writeFile(node, `#!/bin/sh\nulimit -S -f ${Math.floor(bytes / 512)}\nexec '${process.execPath}' "$@"\n`);
  await chmod(node, 0o700);
  return node;
}

function open(path: string): DatabaseSync {
  // The server may be emptying its log at this moment.
  const file = new DatabaseSync(path, { timeout: 2000 });
  onTestFinished(() => {
    if (file.isOpen) file.close();
  });
  return file;
}

/** The IDs of all organizations, after checks that each is complete, and the file is not damaged. */
function storedIn(path: string): string[] {
  const file = open(path);
  expect(file.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  expect(file.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
  const rows = file
    .prepare(
      `SELECT organization_id AS id, count(customer_id) AS members
       FROM organizations LEFT JOIN organization_members USING (account_id, organization_id)
       GROUP BY organization_id`,
    )
    .all();
  file.close();
  expect(rows.filter(({ members }) => members !== MEMBERS.length)).toEqual([]);
  return rows.map(({ id }) => String(id)).sort();
}

const idOf = (response: TestResponse) => (response.body as { id: string }).id; // `send` has validated the body.
const readiness = async (url: string) => (await exchange(url, { method: 'GET', path: '/readyz' })).body;
const becomes = (url: string, expected: object) =>
  vi.waitFor(async () => expect(await readiness(url)).toEqual(expected), { timeout: 10_000, interval: 100 });
const READY = { status: 'ready' };
const NOT_READY = { status: 'not ready', reason: 'database' };

function expectUnavailable(response: TestResponse): void {
  expect(response.status).toBe(503);
  expect(response.headers['retry-after']).toBe('2');
  expect(response.body).toEqual({
    error: {
      type: 'Unavailable',
      message: 'The service is temporarily unavailable. Retry after the number of seconds in Retry-After.',
    },
  });
}

describe('a full disk', () => {
  it('returns 503 and fails readiness, leaves nothing half written, and recovers when there is space', async () => {
    const { url, path, child, ended } = await start({ fileLimitKib: 512 });
    const created: string[] = [];
    let rejected: TestResponse | undefined;
    for (let round = 0; rejected === undefined && round < 500; round++) {
      const responses = await Promise.all(
        Array.from({ length: 10 }, (_, n) =>
          send(url, { headers: { 'idempotency-key': `${round}-${n}` }, body: VALID }),
        ),
      );
      for (const response of responses) {
        if (response.status === 201) created.push(idOf(response));
        else rejected = response;
      }
    }
    if (!rejected) throw new Error('The limit was never reached.');

    expectUnavailable(rejected);
    await becomes(url, NOT_READY);
    expectUnavailable(await send(url, { headers: { 'idempotency-key': 'later' }, body: VALID }));
    expect((await exchange(url, { method: 'GET', path: '/livez' })).status).toBe(200);
    expect((await send(url, { body: {} })).status).toBe(400);
    expect(created.length).toBeGreaterThan(10);
    expect(storedIn(path)).toEqual([...created].sort());

    // Moves the log into the database, so that it restarts with free space.
    const other = open(path);
    expect(other.prepare('PRAGMA wal_checkpoint(RESTART)').get()).toMatchObject({ busy: 0 });
    other.close();
    await becomes(url, READY);
    const later = await send(url, { headers: { 'idempotency-key': 'later' }, body: VALID });

    expect(later.status).toBe(201);
    expect(later.headers['idempotency-replayed']).toBeUndefined();
    created.push(idOf(later));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(storedIn(path)).toEqual(created.sort());
  });

  it('makes a command exit with 1 and one line, and changes nothing', async () => {
    const path = await databasePath();
    const store = openSqliteStore({ path });
    onTestFinished(() => store.close());
    const logBytes = async () => (await stat(`${path}-wal`)).size;
    // The other file that SQLite writes has 32 KiB from the start.
    for (let number = 0; (await logBytes()) < 65_536; number++) await store.addAccount(`Account ${number}`);
    const before = await store.listAccounts();
    const NODE = await limitFiles(dirname(path), await logBytes());

    const { code, stdout, stderr } = await ended(
      spawnCommand({ DATABASE_PATH: path, NODE }, 'keys', 'create', '--account', 'Acme', '--create-account'),
    );

    expect(stderr).toBe(
      'SQLite cannot store anything: the disk is full or broken (IOERR). Nothing was changed; try again.\n',
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(await store.listAccounts()).toEqual(before);
  });

  it('rejects only the creates of a group that do not fit', async () => {
    const database = new DatabaseSync(':memory:');
    onTestFinished(() => database.close());
    database.exec('CREATE TABLE items (bytes INTEGER NOT NULL, item BLOB NOT NULL); PRAGMA max_page_count = 20');
    const group = new GroupCommit(database, () => undefined);
    const add = (bytes: number) =>
      group.run(() => database.prepare('INSERT INTO items VALUES (?, zeroblob(?))').run(bytes, bytes).changes);

    const outcomes = await Promise.allSettled([add(10), add(1_000_000), add(20), add(1_000_000), add(30)]);

    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(StoreUnavailableError);
    }
    expect(
      database
        .prepare('SELECT bytes FROM items')
        .all()
        .map(({ bytes }) => bytes),
    ).toEqual([10, 20, 30]);
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  });
});

describe('a database that another process has locked', () => {
  it('returns 503 and fails readiness while locked, serves what needs no write, and recovers', async () => {
    const { url, path } = await start();
    const other = open(path);
    other.exec('BEGIN EXCLUSIVE');

    let over = false;
    const waiting = Promise.all(Array.from({ length: 20 }, () => send(url, { body: VALID }))).finally(() => {
      over = true;
    });
    const unready = becomes(url, NOT_READY);
    const wrong = await send(url, { body: {} });
    const unknown = await send(url, { headers: { authorization: 'Basic eDp5' } });
    let lives = 0;
    for (; !over; lives++) expect((await exchange(url, { method: 'GET', path: '/livez' })).status).toBe(200);
    const rejected = await waiting;
    await unready;

    for (const response of rejected) expectUnavailable(response);
    expect([wrong.status, unknown.status]).toEqual([400, 401]);
    // The creates waited for two seconds. If the whole process had waited with them, it would have returned one or two
    // responses in that time, not hundreds.
    expect(lives).toBeGreaterThan(10);

    other.exec('ROLLBACK');
    other.close();
    await becomes(url, READY);
    const created = await send(url, { body: VALID });

    expect(created.status).toBe(201);
    expect(storedIn(path)).toEqual([idOf(created)]);
  });

  it('is waited for when the lock is short', async () => {
    const { url, path } = await start();
    const other = open(path);
    other.exec('BEGIN IMMEDIATE');

    const waiting = Array.from({ length: 300 }, () => send(url, { body: VALID }));
    await exchange(url, { method: 'GET', path: '/livez' });
    other.exec('COMMIT');
    const responses = await Promise.all(waiting);

    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([201]));
    expect(storedIn(path)).toEqual(responses.map(idOf).sort());
  });
});

describe('a database file that is missing or truncated', () => {
  it('returns 503 and logs the cause while the file is missing, and recovers when it is back', async () => {
    const { url, path, output } = await start();
    const first = await send(url, { body: VALID });

    await rename(path, `${path}.away`);
    const rejected = await send(url, { body: VALID });
    await becomes(url, NOT_READY);
    await rename(`${path}.away`, path);
    await becomes(url, READY);
    const second = await send(url, { body: VALID });

    expectUnavailable(rejected);
    expect(output()).toContain(
      `${path} was deleted or replaced while it is open. Nothing more is stored. Put the file back.`,
    );
    expect(storedIn(path)).toEqual([idOf(first), idOf(second)].sort());
  });

  it('loses nothing when -wal is deleted: SIGTERM moves everything into the file', async () => {
    const { url, path, child, ended } = await start();
    const created = await Promise.all(Array.from({ length: 10 }, () => send(url, { body: VALID })));

    await rm(`${path}-wal`);
    const rejected = await send(url, { body: VALID });
    await becomes(url, NOT_READY);
    child.kill('SIGTERM');

    expectUnavailable(rejected);
    expect(await ended).toBe(0);
    expect(storedIn(path)).toEqual(created.map(idOf).sort());
  });

  it('returns 503 when -wal is truncated, and SIGTERM leaves the last checkpoint', async () => {
    const { url, path, child, ended, output } = await start();
    const moved = await Promise.all(Array.from({ length: 10 }, () => send(url, { body: VALID })));
    const other = open(path);
    other.exec('PRAGMA wal_checkpoint(PASSIVE)');
    other.close();
    await send(url, { body: VALID });

    await truncate(`${path}-wal`);
    const rejected = await Promise.all(Array.from({ length: 10 }, () => send(url, { body: VALID })));
    await becomes(url, NOT_READY);
    child.kill('SIGTERM');

    for (const response of rejected) expectUnavailable(response);
    expect(await ended).toBe(1);
    expect(output()).toContain(`${path}-wal was truncated while it is open. Nothing more is stored.`);
    expect(storedIn(path)).toEqual(moved.map(idOf).sort());
  });

  it('loses nothing when -shm is truncated, which ends the process: SQLite has it mapped', async () => {
    const { url, path, ended } = await start();
    const created = await Promise.all(Array.from({ length: 10 }, () => send(url, { body: VALID })));

    await truncate(`${path}-shm`);
    await expect(send(url, { body: VALID })).rejects.toThrow();

    expect(await ended).toBe('SIGBUS');
    expect(storedIn(path)).toEqual(created.map(idOf).sort());
  });
});
