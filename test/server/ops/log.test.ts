// The log: the fields of each line, which contain no secrets.
import { createHash, randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { describeLine } from '../../../server/ops/log.ts';
import type { Customer } from '../../../server/store/records.ts';
import { openSqliteStore } from '../../../server/store/sqlite/store.ts';
import { databasePath, startServer } from '../../support/fixtures.ts';
import { basic, exchange, send, type TestResponse } from '../../support/http/http.ts';
import { openConnection, requestText } from '../../support/http/sockets.ts';
import type { LogLine } from '../../support/log-lines.ts';

const OWNER: Customer = { id: '50af5191-05a3-42a5-802a-6b59091157af', name: 'A very private name' };

const UNKNOWN = '99999999-9999-4999-8999-999999999999';

/** A production server with one key, which logs all that it can. */
async function start() {
  const path = await databasePath();
  const secret = randomBytes(32).toString('base64url');
  const store = openSqliteStore({ path });
  const account = await store.addAccount('Account');
  await store.importCustomers(
    account,
    (async function* () {
      yield [OWNER];
    })(),
  );
  const secretHash = createHash('sha256').update(secret).digest();
  await store.addApiKey({ account, clientId: 'client', secretHash, pinnedVersion: undefined });
  await store.close();
  const server = startServer({
    DATABASE_PATH: path,
    NODE_ENV: 'production',
    LOG_LEVEL: 'trace',
    FAILED_LOGINS_PER_MINUTE: '5',
  });
  return { ...server, url: await server.url, path, account, secret };
}

describe('the log of a busy server, errors included', () => {
  it('has a line for each response, and no secret, no Authorization value and no body', async () => {
    const { url, account, secret, child, ended, output } = await start();
    const authorization = basic('client', secret);
    const idempotencyKey = `key-${randomBytes(8).toString('hex')}`;
    const valid = { ownerId: OWNER.id, memberIds: [] };
    const responses: TestResponse[] = [];
    const ask = async (sent: Parameters<typeof send>[1]) =>
      responses.push(await send(url, { ...sent, headers: { authorization, ...sent?.headers } }));

    await Promise.all(Array.from({ length: 50 }, () => ask({ body: valid })));
    await ask({ headers: { 'idempotency-key': idempotencyKey }, body: valid });
    await ask({ headers: { 'idempotency-key': idempotencyKey }, body: valid });
    await ask({ headers: { 'idempotency-key': idempotencyKey }, body: { ...valid, memberIds: [UNKNOWN] } });
    await ask({ body: { ownerId: UNKNOWN, memberIds: [] } });
    await ask({ body: '{"ownerId": "body-marker-1", ' });
    await ask({ body: { ownerId: 'body-marker-2', 'body-marker-3': 1 } });
    await ask({ headers: { 'content-type': 'text/plain' }, body: 'body-marker-4' });
    await ask({ headers: { 'content-encoding': 'gzip' }, body: 'body-marker-5' });
    await ask({ headers: { 'sequence-version': 'header-marker-1' }, body: valid });
    await ask({ path: '/api/customer-organizations?secret=query-marker', body: valid });
    for (let guess = 0; guess < 8; guess++)
      await ask({ headers: { authorization: basic('client', `guess-marker-${guess}`) }, body: valid });
    await ask({ headers: { authorization: 'Bearer token-marker' }, body: valid });
    // A client may swap the ID and the secret.
    await ask({ headers: { authorization: basic(secret, 'client') }, body: valid });
    for (const text of [
      requestText(valid, { Authorization: authorization, 'X-Filler': 'filler-marker'.repeat(2000) }),
      requestText(valid, { Authorization: authorization }).replace('HTTP/1.1', 'HTTP/9 malformed-marker'),
      requestText(valid, { Authorization: authorization }).replace('Host: localhost', `Broken header ${secret}`),
    ]) {
      const connection = await openConnection(url);
      connection.socket.write(text);
      expect(await connection.closed).toContain(' 400 ');
    }
    const gone = await openConnection(url);
    gone.socket.end(
      requestText({ ownerId: 'body-marker-6', memberIds: [] }, { Authorization: authorization }).slice(0, -10),
    );
    await gone.closed;
    expect(child.kill('SIGTERM')).toBe(true);
    expect(await ended).toBe(0);

    const lines: LogLine[] = output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const requests = new Map(lines.filter(({ msg }) => msg === 'request').map((line) => [line.requestId, line]));
    expect(responses.length).toBe(70);
    for (const { status, headers } of responses) {
      const line = requests.get(headers['x-request-id']);
      expect(line).toMatchObject({
        level: 'info',
        method: 'POST',
        path: '/api/customer-organizations',
        status,
        durationMs: expect.any(Number),
      });
      const letIn = ![401, 429].includes(status);
      expect([line?.account, line?.clientId]).toEqual(letIn ? [account, 'client'] : [undefined, undefined]);
      expect(line?.address).toBe(letIn ? undefined : '127.0.0.1');
      if (status >= 400) expect(line?.errorType).toMatch(/^[A-Z]\w+$/);
      if (status === 201) expect(line).toMatchObject({ apiVersion: '2024-07-30', organizationId: expect.any(String) });
    }
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([201, 400, 401, 409, 415, 429]));
    const attempted = [...requests.values()].flatMap(({ attemptedClientId }) => attemptedClientId ?? []);
    expect([...new Set(attempted)].sort()).toEqual(['(not logged: may be a secret)', 'client']);
    expect([...requests.values()].filter(({ aborted }) => aborted === 'upload')).toHaveLength(1);
    expect(lines.filter(({ msg }) => msg === 'request rejected')).toHaveLength(3);
    expect(lines.map(({ msg }) => msg)).toContainEqual(
      expect.stringMatching(/^too many failed logins: .* If it is your proxy, set TRUST_PROXY$/),
    );
    expectNothingPrivate(output(), [secret, idempotencyKey, UNKNOWN]);
  });

  it('has errors of the server in full, without request data', async () => {
    const { url, path, secret, output } = await start();
    const headers = { authorization: basic('client', secret) };
    const other = new DatabaseSync(path);
    onTestFinished(() => other.close());

    other.exec('BEGIN IMMEDIATE');
    const locked = await send(url, { headers, body: { ownerId: OWNER.id, memberIds: [] } });
    other.exec('ALTER TABLE organizations RENAME TO elsewhere; COMMIT');
    const broken = await send(url, { headers, body: { ownerId: OWNER.id, memberIds: [] } });

    expect([locked.status, broken.status]).toEqual([503, 503]);
    expect(broken.text).not.toMatch(/no such table|sqlite/i);
    await vi.waitFor(() => expect(output().match(/"msg":"request"/g)).toHaveLength(2));
    const lines: LogLine[] = output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const failed = lines.filter(({ msg }) => msg === 'request failed');
    expect(failed.map(({ requestId }) => requestId)).toEqual(
      [locked, broken].map((response) => response.headers['x-request-id']),
    );
    expect(failed[0]?.err?.message).toBe('SQLite cannot store anything: another process has locked the file (BUSY).');
    expect(failed[1]?.err?.message).toMatch(/^SQLite cannot do this: no such table: organizations\. Something else/);
    expect(failed[1]?.err?.stack).toContain('group-commit.ts');
    expectNothingPrivate(output(), [secret]);
  });
});

/**
 * No line has one of these texts, a customer, a Basic credential, or a marker that the test hid in headers and bodies.
 */
function expectNothingPrivate(output: string, texts: string[]): void {
  for (const text of [
    ...texts,
    ...texts.map((each) => Buffer.from(each).toString('base64').slice(0, 20)),
    OWNER.id,
    OWNER.name,
  ]) {
    expect(output).not.toContain(text);
  }
  expect(output).not.toMatch(/marker|basic |bearer |authorization/i);
  expect(output).not.toContain(Buffer.from('client:').toString('base64').slice(0, 9));
}

describe('a line on a terminal', () => {
  const requestId = '019ab1c0-5d2e-7c4a-8f31-6be0a9d47e52';

  it.each([
    [
      {
        msg: 'request',
        requestId,
        method: 'POST',
        path: '/api',
        status: 201,
        durationMs: 1.5,
        account: 'a',
        clientId: 'key',
      },
      `201 POST /api 1.5 ms, client key, request ${requestId}`,
    ],
    [
      {
        msg: 'request',
        requestId,
        method: 'POST',
        path: '/api',
        status: 201,
        durationMs: 1.5,
        clientId: 'key',
        organizationId: 'org',
        apiVersion: '2024-07-30',
      },
      `201 POST /api 1.5 ms, client key, organization org, request ${requestId}`,
    ],
    [
      { msg: 'request', requestId, method: 'POST', path: '/', status: 400, durationMs: 1, errorType: 'InvalidRequest' },
      `400 InvalidRequest POST / 1 ms, request ${requestId}`,
    ],
    [
      { msg: 'request', requestId, method: 'GET', path: '/', status: 404, durationMs: 1 },
      `404 GET / 1 ms, request ${requestId}`,
    ],
    [
      { msg: 'request', requestId, method: 'GET', path: '/', status: null, durationMs: 1 },
      `cut off GET / 1 ms, request ${requestId}`,
    ],
    [
      { msg: 'request rejected', requestId, method: 'GET', path: '/x', status: 400, reason: 'No Host.' },
      `400 GET /x request rejected (No Host.), request ${requestId}`,
    ],
    [
      { msg: 'request rejected', requestId, status: 400, code: 'HPE', reason: 'Not HTTP.' },
      `request rejected (Not HTTP.), request ${requestId}`,
    ],
    [{ msg: 'rejected', requestId, status: 400, code: 'HPE' }, `rejected (HPE), request ${requestId}`],
    [{ msg: 'request failed', requestId }, `request failed, request ${requestId}`],
    [{ msg: 'closed' }, 'closed'],
  ])('shows %j', (line, text) => {
    expect(describeLine(line, 'msg')).toBe(text);
  });
});

describe('signals', () => {
  it('change the level while the server runs, and SIGHUP does not end the process', async () => {
    const server = startServer({ DATABASE_PATH: await databasePath() });
    const url = await server.url;
    const changes = () =>
      [...server.output().matchAll(/"from":"(\w+)","to":"(\w+)","msg":"log level changed"/g)].map(
        ([, ...both]) => both,
      );
    const change = (signal: NodeJS.Signals, count: number) => {
      server.child.kill(signal);
      return vi.waitFor(() => expect(changes()).toHaveLength(count), 10_000);
    };

    await change('SIGUSR2', 1);
    await exchange(url, { method: 'GET', path: '/livez' });
    await vi.waitFor(() => expect(server.output()).toContain('"path":"/livez"'));
    await change('SIGUSR2', 2);
    await change('SIGHUP', 3);

    expect(changes()).toEqual([
      ['info', 'debug'],
      ['debug', 'trace'],
      ['trace', 'info'],
    ]);
    expect((await exchange(url, { method: 'GET', path: '/livez' })).status).toBe(200);
  });
});
