// Idempotency keys: a retry creates nothing twice.
import { spawn } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from '../../server/store/sqlite/store.ts';
import { IDEMPOTENCY_TTL_MS } from '../../server/store/store.ts';
import { addAccount, databasePath, organizationIds, serveDatabase, shareServer } from '../support/fixtures.ts';
import { exchange, PATH, send, type TestRequest } from '../support/http/http.ts';
import { BODY, CUSTOMERS, MEMBER, OTHER, OWNER, oneAccount } from '../support/idempotency-fixture.ts';
import { ended, said } from '../support/process/command.ts';
import { serveStore } from '../support/targets.ts';

const server = shareServer();

describe('the same key with the same body', () => {
  it('returns the same status and body with Idempotency-Replayed, and creates nothing', async () => {
    const { ask, ids } = await oneAccount(server);

    const first = await ask('key-1');
    const again = await ask('key-1');

    expect(first.status).toBe(201);
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    expect(again.status).toBe(201);
    expect(again.text).toBe(first.text);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
    expect(await ids()).toHaveLength(1);
  });

  it.each([
    ['another order of properties', `{"memberIds":["${MEMBER}"],"ownerId":"${OWNER}"}`],
    ['other white space', `\n{ "ownerId" :\t"${OWNER}" , "memberIds": [ "${MEMBER}" ]\r\n}  `],
    ['upper case', `{"ownerId":"${OWNER.toUpperCase()}","memberIds":["${MEMBER.toUpperCase()}"]}`],
    ['escaped characters', `{"\\u006fwnerId":"${OWNER}","memberIds":["\\u0065${MEMBER.slice(1)}"]}`],
    ['a byte order mark', `\ufeff{"ownerId":"${OWNER}","memberIds":["${MEMBER}"]}`],
  ])('replays with %s', async (_, body) => {
    const { ask, ids } = await oneAccount(server);
    const first = await ask('key-1');

    const again = await ask('key-1', body);

    expect(again.status).toBe(201);
    expect(again.text).toBe(first.text);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(await ids()).toHaveLength(1);
  });

  it('returns the first response after a customer was renamed', async () => {
    const { ask, store, account } = await oneAccount(server);
    const first = await ask('key-1');
    await store.importCustomers(
      account,
      (async function* () {
        yield [{ id: OWNER, name: 'Renamed' }];
      })(),
    );

    const again = await ask('key-1');
    const fresh = await ask('key-2');

    expect(again.text).toBe(first.text);
    expect(fresh.body).toMatchObject({ owner: { name: 'Renamed' } });
  });
});

describe('the same key with another body', () => {
  it.each([
    ['another owner', { ownerId: OTHER, memberIds: [MEMBER] }],
    ['another member', { ownerId: OWNER, memberIds: [OTHER] }],
    ['one member more', { ownerId: OWNER, memberIds: [MEMBER, OTHER] }],
    ['no members', { ownerId: OWNER, memberIds: [] }],
    ['unknown customers', { ownerId: OWNER, memberIds: ['99999999-9999-4999-8999-999999999999'] }],
  ])('returns 409: %s', async (_, body) => {
    const { ask, ids } = await oneAccount(server);
    await ask('key-1');

    const response = await ask('key-1', body);
    const again = await ask('key-1');

    expect(response.status).toBe(409);
    expect(response.body).toMatchObject({ error: { type: 'IdempotencyKeyReused' } });
    expect(response.headers).not.toHaveProperty('idempotency-replayed');
    expect(again.status).toBe(201);
    expect(await ids()).toHaveLength(1);
  });

  it('distinguishes keys by every character and by case', async () => {
    const { ask, ids } = await oneAccount(server);

    const responses = [await ask('key-a'), await ask('key-A'), await ask('key-a!'), await ask('k'.repeat(255))];

    expect(responses.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(await ids()).toHaveLength(4);
  });
});

describe('concurrent requests with one key', () => {
  it('create one organization and return fifty equal responses', async () => {
    const { ask, ids } = await oneAccount(server);

    const responses = await Promise.all(Array.from({ length: 50 }, () => ask('key-1')));

    expect(new Set(responses.map(({ status, text }) => `${status} ${text}`))).toHaveProperty('size', 1);
    expect(responses[0]?.status).toBe(201);
    expect(responses.filter(({ headers }) => headers['idempotency-replayed'] !== 'true')).toHaveLength(1);
    expect(await ids()).toHaveLength(1);
  });

  it('create one organization when two servers share the database', async () => {
    const { path, url, authorization, ids } = await oneAccount(server);
    const second = await serveDatabase({ path });
    const headers = { authorization, 'idempotency-key': 'key-1' };

    const responses = await Promise.all(
      Array.from({ length: 50 }, (_, index) => send(index % 2 ? url : second.url, { headers, body: BODY })),
    );

    expect(new Set(responses.map(({ status, text }) => `${status} ${text}`))).toHaveProperty('size', 1);
    expect(await ids()).toHaveLength(1);
  });

  it('create one organization and return 409 to the others when the bodies differ', async () => {
    const { ask, ids } = await oneAccount(server);
    const bodies = [BODY, { ownerId: OTHER, memberIds: [] }];

    const responses = await Promise.all(Array.from({ length: 20 }, (_, index) => ask('key-1', bodies[index % 2])));

    expect(responses.filter(({ status }) => status === 201)).toHaveLength(10);
    expect(responses.filter(({ status }) => status === 409)).toHaveLength(10);
    expect(await ids()).toHaveLength(1);
  });
});

describe('a rejected request', () => {
  const unknown = '99999999-9999-4999-8999-999999999999';
  it.each<[number, unknown, TestRequest]>([
    [400, { ownerId: OWNER, memberIds: [unknown] }, {}],
    [400, { ownerId: 'malformed', memberIds: [] }, {}],
    [400, '{"ownerId"', {}],
    [400, BODY, { headers: { 'sequence-version': '1999-01-01' } }],
    [401, BODY, { headers: { authorization: 'Basic bm9ib2R5Ong=' } }],
    [413, `"${'x'.repeat(1_100_000)}"`, {}],
    [415, BODY, { headers: { 'content-type': 'text/plain' } }],
  ])('does not use up its key: %i', async (status, body, more) => {
    const { ask, ids } = await oneAccount(server);
    expect((await ask('key-1', body, more)).status).toBe(status);

    const response = await ask('key-1');

    expect(response.status).toBe(201);
    expect(response.headers).not.toHaveProperty('idempotency-replayed');
    expect(await ids()).toHaveLength(1);
  });
});

describe('an idempotency key', () => {
  it('survives a restart', async () => {
    const path = await databasePath();
    const store = openSqliteStore({ path });
    const { authorization } = await addAccount(store, CUSTOMERS);
    const headers = { authorization, 'idempotency-key': 'key-1' };
    const before = await serveStore(store);
    const first = await send(before.url, { headers, body: BODY });
    await before.close();
    const after = await serveDatabase({ path });

    const again = await send(after.url, { headers, body: BODY });

    expect(again.text).toBe(first.text);
    expect(again.headers['idempotency-replayed']).toBe('true');
  });

  it('survives kill -9 between the commit and the response', async () => {
    const path = await databasePath();
    const seeding = openSqliteStore({ path });
    const { account, authorization } = await addAccount(seeding, CUSTOMERS);
    await seeding.close();
    const headers = { authorization, 'content-type': 'application/json', 'idempotency-key': 'key-1' };
    const child = spawn(
      process.execPath,
      ['--require', './server/require-node.cjs', 'test/support/process/die-after-commit.ts', path],
      { cwd: new URL('../..', import.meta.url) },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    const end = ended(child);
    const url = await said(child.stdout, /http:\S+/);

    const cut = await exchange(url, { path: PATH, headers, body: BODY }).catch((error: Error) => error);

    expect(cut).toBeInstanceOf(Error);
    expect(await end).toMatchObject({ code: null });
    expect(child.signalCode).toBe('SIGKILL');
    const after = await serveDatabase({ path });
    const [id] = await organizationIds(after.store, account);
    const again = await send(after.url, { headers, body: BODY });
    expect(again).toMatchObject({ status: 201, body: { id }, headers: { 'idempotency-replayed': 'true' } });
    expect(await organizationIds(after.store, account)).toEqual([id]);
  });

  it('expires after 24 hours, and not a millisecond before', async () => {
    const start = Date.UTC(2026, 0, 1);
    let nowMs = start;
    const { ask, ids } = await oneAccount(server, () => nowMs);
    const first = await ask('key-1');

    nowMs = start + IDEMPOTENCY_TTL_MS - 1;
    const inTime = await ask('key-1');
    nowMs = start + IDEMPOTENCY_TTL_MS;
    const late = await ask('key-1', { ownerId: OTHER, memberIds: [] });

    expect(IDEMPOTENCY_TTL_MS).toBe(86_400_000);
    expect(inTime.text).toBe(first.text);
    expect(late.status).toBe(201);
    expect(late.headers).not.toHaveProperty('idempotency-replayed');
    expect(await ids()).toHaveLength(2);
  });
});
