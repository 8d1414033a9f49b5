// The line that a request leaves in the log: what it says of failures, slow requests and clients that left.
import { Router } from 'express';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Handlers } from '../../../generated/operations.ts';
import { ApiError } from '../../../server/edge/errors.ts';
import type { AppOptions, Context } from '../../../server/edge/options.ts';
import { organizationWith } from '../../support/contract/organization.ts';
import { basic, exchange, send } from '../../support/http/http.ts';
import { openConnection, requestText } from '../../support/http/sockets.ts';
import { collectLog, type LogLine } from '../../support/log-lines.ts';
import { startEdge, startSqliteServer, type Target } from '../../support/targets.ts';

const BODY = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

async function closing(starting: Promise<Target>): Promise<string> {
  const target = await starting;
  onTestFinished(() => target.close());
  return target.url;
}

/** Starts the edge with a handler that creates, and returns its URL and the lines of its log. */
async function start(options: Partial<AppOptions> = {}) {
  const { log, lines } = collectLog();
  const createCustomerOrganization = async () => ({ status: 201, body: organizationWith() }) as const;
  return { url: await closing(startEdge({ createCustomerOrganization }, { log, ...options })), lines };
}

/** The line of the only request. */
async function onlyLine(lines: LogLine[]): Promise<LogLine> {
  await vi.waitFor(() => expect(lines.filter(({ msg }) => msg === 'request')).toHaveLength(1));
  return lines.find(({ msg }) => msg === 'request') ?? lines[0] ?? Promise.reject(new Error('There is no line.'));
}

describe('the line of a create', () => {
  it.each([undefined, 'one-key'])('has the organization and the version: Idempotency-Key %s', async (key) => {
    const { log, lines } = collectLog();
    const url = await closing(startSqliteServer({ log }));
    const headers = key === undefined ? {} : { 'idempotency-key': key };

    const created = await send(url, { headers, body: BODY });
    const repeated = await send(url, { headers: { ...headers, 'sequence-version': '2024-07-30' }, body: BODY });

    await vi.waitFor(() => expect(lines).toHaveLength(2));
    for (const [index, { body }] of [created, repeated].entries())
      expect(lines[index]).toMatchObject({
        organizationId: (body as { id: string }).id, // The contract says so.
        apiVersion: '2024-07-30',
      });
  });

  it('is followed by one with the organization when the client left before it was created', async () => {
    const { log, lines } = collectLog();
    let create = () => {};
    const opened = new Promise<void>((settle) => {
      create = settle;
    });
    const createCustomerOrganization: Handlers<Context>['createCustomerOrganization'] = async (_, { addToLog }) => {
      await opened;
      addToLog({ organizationId: 'an-id' });
      return { status: 201, body: organizationWith() };
    };
    const connection = await openConnection(await closing(startEdge({ createCustomerOrganization }, { log })));
    connection.socket.write(requestText(BODY));
    await vi.waitFor(() => expect(connection.socket.bytesWritten).toBeGreaterThan(0));
    await new Promise((settle) => setTimeout(settle, 50));
    connection.socket.resetAndDestroy();
    const { requestId } = await onlyLine(lines);
    create();

    await vi.waitFor(() => expect(lines).toHaveLength(2));
    expect(lines[0]).toMatchObject({ msg: 'request', status: null, cutOff: true });
    expect(lines[1]).toMatchObject({
      msg: 'carried out after the client left',
      requestId,
      organizationId: 'an-id',
    });
  });

  it('has no error type, no address and no attempted client ID', async () => {
    const { url, lines } = await start();

    await send(url, { body: BODY });

    const names = Object.keys(await onlyLine(lines));
    expect(names.filter((name) => ['errorType', 'address', 'attemptedClientId', 'aborted'].includes(name))).toEqual([]);
  });

  it('keeps what the edge knows when a handler adds fields of the same name', async () => {
    const { log, lines } = collectLog();
    const url = await closing(
      startEdge(
        {
          createCustomerOrganization: async (_, { addToLog }) => {
            addToLog({ status: 'mine', tries: 3 });
            addToLog({ cached: true });
            return { status: 201, body: organizationWith() };
          },
        },
        { log },
      ),
    );

    await send(url, { body: BODY });

    expect(await onlyLine(lines)).toMatchObject({ status: 201, tries: 3, cached: true });
  });
});

it('has the whole path of a request to a router of a middleware', async () => {
  const router = Router().use('/own/more', (_request, response) => void response.status(204).end());
  const { url, lines } = await start({ middleware: [Router().use('/its', router)] });

  await exchange(url, { method: 'GET', path: '/its/own/more/parts?x=1' });

  expect(await onlyLine(lines)).toMatchObject({ path: '/its/own/more/parts' });
});

describe('the line of an error', () => {
  it.each([
    ['InvalidRequest', { body: {} }],
    ['MalformedJson', { body: '{' }],
    ['UnrecognisedApiVersion', { headers: { 'sequence-version': '1999-01-01' }, body: BODY }],
    ['UnsupportedMediaType', { headers: { 'content-type': 'text/plain' }, body: 'x' }],
    ['PayloadTooLarge', { body: 'x'.repeat(1_100_000) }],
    ['Unauthorized', { headers: { authorization: [] }, body: BODY }],
    ['NotFound', { path: '/api/elsewhere' }],
    ['MethodNotAllowed', { method: 'DELETE' }],
  ] as const)('has its type: %s', async (errorType, request) => {
    const { url, lines } = await start();

    // The types of the table are readonly.
    await send(url, structuredClone(request) as Parameters<typeof send>[1]);

    expect(await onlyLine(lines)).toMatchObject({ errorType });
  });

  it('has its type when a handler returned or threw it', async () => {
    const { log, lines } = collectLog();
    const url = await closing(startSqliteServer({ log }));
    const unknown = { ...BODY, memberIds: ['99999999-9999-4999-8999-999999999999'] };
    const headers = { 'idempotency-key': 'one-key' };

    await send(url, { headers, body: BODY });
    await send(url, { headers, body: { ...BODY, memberIds: ['e309e948-088e-4d77-b654-cd85498f1555'] } });
    await send(url, { body: unknown });

    await vi.waitFor(() => expect(lines).toHaveLength(3));
    expect(lines.map(({ errorType }) => errorType)).toEqual([undefined, 'IdempotencyKeyReused', 'UnknownCustomers']);
  });
});

describe('the line of a rejected client', () => {
  const authenticate = ({ clientId, secret }: { clientId: string; secret: string }) =>
    secret === 'right' ? { account: 'account', clientId } : undefined;

  it('has its address and the client ID that it named, but no client, when the secret is wrong', async () => {
    const { url, lines } = await start({ authenticate });

    await send(url, { headers: { authorization: basic('billing', 'wrong') }, body: BODY });

    const line = await onlyLine(lines);
    expect(line).toMatchObject({ status: 401, address: '127.0.0.1', attemptedClientId: 'billing' });
    expect([line.clientId, line.account]).toEqual([undefined, undefined]);
  });

  it('has the address that a trusted proxy forwarded', async () => {
    const { url, lines } = await start({ authenticate, trustProxy: 1 });
    const headers = { authorization: basic('billing', 'wrong'), 'x-forwarded-for': '203.0.113.7' };

    await send(url, { headers, body: BODY });

    expect(await onlyLine(lines)).toMatchObject({ address: '203.0.113.7' });
  });

  it('has its address and its client when it is over the limit', async () => {
    const limit = () => {
      throw new ApiError('RateLimited', { headers: { 'Retry-After': 1 } });
    };
    const { url, lines } = await start({ limit });

    await send(url, { body: BODY });

    const line = await onlyLine(lines);
    expect(line).toMatchObject({ status: 429, address: '127.0.0.1', clientId: 'key' });
    expect(line.attemptedClientId).toBeUndefined();
  });

  it.each([
    ['a secret of `keys create`', 'Zk3vJtq0c1bN8mXyR5uWpLsEgHdAoTiFQ_-4K2jVxYz'],
    ['a key of another service', 'sk_live_51HZk3vtersECRET'],
    ['a short token in base64', 'Zk3vJtq0c1bN8mXyR5uWpLs='],
    ['a secret with something around it', 'co_1234:Zk3vJtq0c1bN8mXyR5uWpLsEgHdAoTiFQ_-4K2jVxYz'],
    ['a secret with a percent-encoded character', 'Zk3v%4Atq0c1bN8mXyR5uWpLsEgHdAoTiFQ_-4K2jVxYz'],
    ['a value of `Authorization`', basic('co_1234', 'Zk3vJtq0c1bN8mXyR5uWpLsEgHdAoTiFQ_-4K2jVxYz')],
  ])('does not have %s where the client ID should be', async (_, secret) => {
    const { url, lines } = await start({ authenticate });
    const authorization = basic(secret.replace(':', '/'), 'wrong');

    await send(url, { headers: { authorization }, body: BODY });

    const line = await onlyLine(lines);
    expect(line.attemptedClientId).toBe('(not logged: may be a secret)');
    expect(JSON.stringify(lines)).not.toContain('Zk3v');
  });

  it('has 100 characters of a longer client ID', async () => {
    const { url, lines } = await start({ authenticate });

    await send(url, { headers: { authorization: basic('ab/'.repeat(100), 'wrong') }, body: BODY });

    expect((await onlyLine(lines)).attemptedClientId).toHaveLength(100);
  });
});

describe('the line of a client that leaves', () => {
  const half = requestText(BODY).slice(0, -5);

  it('says that the upload was aborted, and names no status, after a reset', async () => {
    const begun = Promise.withResolvers<void>();
    const { url, lines } = await start({ limit: () => begun.resolve() });
    const connection = await openConnection(url);

    connection.socket.write(half);
    await begun.promise;
    connection.socket.resetAndDestroy();

    expect(await onlyLine(lines)).toMatchObject({ status: null, aborted: 'upload', cutOff: true });
    expect(lines).toHaveLength(1);
  });

  it('says that the upload was aborted when the client closes its side', async () => {
    const { url, lines } = await start();
    const connection = await openConnection(url);

    connection.socket.end(half);

    expect(await connection.closed).toContain(' 400 ');
    expect(await onlyLine(lines)).toMatchObject({
      status: 400,
      aborted: 'upload',
      errorType: 'InvalidRequest',
      reason: 'The connection was closed before the end of the request.',
    });
  });

  it('is absent for a complete request, and for one that was rejected before its end', async () => {
    const { url, lines } = await start();
    const refused = await openConnection(url);
    refused.socket.write(requestText(BODY, { Authorization: 'none' }).slice(0, -5));
    await vi.waitFor(() => expect(lines).toHaveLength(1));
    refused.socket.destroy();
    await send(url, { body: {} });

    await vi.waitFor(() => expect(lines).toHaveLength(2));
    expect(lines.map(({ status, aborted }) => [status, aborted])).toEqual([
      [401, undefined],
      [400, undefined],
    ]);
  });
});

describe('the line of a slow request', () => {
  it('is a warning that says when the body had arrived', async () => {
    const { url, lines } = await start({ slowRequestMs: 0 });

    await send(url, { body: BODY });

    expect(await onlyLine(lines)).toMatchObject({ level: 'warn', slow: true, receivedMs: expect.any(Number) });
  });

  it('is an information when no time is set', async () => {
    const { url, lines } = await start();

    await send(url, { body: BODY });

    const line = await onlyLine(lines);
    expect([line.level, line.slow]).toEqual(['info', undefined]);
  });
});

describe('what a client says of itself', () => {
  it.each([
    ['k\u202eevil', 'k\\u202eevil'],
    ['k\u2028x\u200b\u00ad', 'k\\u2028x\\u200b\\u00ad'],
    ['\ufeffk\u{e0041}', '\\ufeffk\\udb40\\udc41'],
    ['Zoë 😀 محمد', 'Zoë 😀 محمد'],
  ])('is logged with nothing invisible in it: client ID %j', async (clientId, shown) => {
    const { url, lines } = await start({ authenticate: () => undefined });

    await send(url, { headers: { authorization: basic(clientId, 'x') }, body: BODY });

    expect((await onlyLine(lines)).attemptedClientId).toBe(shown);
  });

  it.each([
    ['\x9b31mRED', 'Â\\u009b31mRED'],
    ['<b>\xad', '<b>Â\\u00ad'],
    [`${'A1'.repeat(21)}x`, '(not logged: may be a secret)'],
    ['10.0.0.7:4711', '10.0.0.7:4711'],
  ])('is logged with nothing invisible in it: address %j', async (address, shown) => {
    const { url, lines } = await start({ authenticate: () => undefined, trustProxy: true });

    await send(url, { headers: { authorization: basic('a', 'x'), 'x-forwarded-for': address }, body: BODY });

    expect((await onlyLine(lines)).address).toBe(shown);
  });

  it('is escaped where any client is let in, as in the mock', async () => {
    const { url, lines } = await start({
      authenticate: ({ clientId }) => ({ account: clientId, clientId }),
    });

    await send(url, { headers: { authorization: basic('k\u202ex', 'x') }, body: BODY });

    expect(await onlyLine(lines)).toMatchObject({ account: 'k\\u202ex', clientId: 'k\\u202ex' });
  });
});
