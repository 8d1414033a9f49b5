// The controls of startMock: reset, customers, credentials, and connections that are reset.
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type MockOptions, startMock } from '../../../mock/start.ts';
import { PATH } from '../../support/http/http.ts';
import { create, MEMBER, mock, OWNER, shareMock, start, typeOf, useShared, VALID } from './controlled-mock.ts';

shareMock();

describe('mock.reset', () => {
  it('empties queue and journal, and forgets IDs and keys', async () => {
    useShared();
    const key = { 'idempotency-key': 'k' };
    const first = (await create({ headers: key })).body as { id: string };
    mock.next('RateLimited', { times: 9 });

    mock.reset();

    expect(mock.requests).toEqual([]);
    const again = await create({ body: { ...VALID, memberIds: [] }, headers: key });
    expect([again.status, (again.body as { id: string }).id]).toEqual([201, first.id]);
  });
});

describe('the option `customers`', () => {
  const customers = [
    { id: OWNER.toUpperCase(), name: 'Acme' },
    { id: MEMBER, name: 'Beta' },
  ];

  it('makes other IDs fail as on the server, at the pointers of the request', async () => {
    await start({ customers });
    const other = 'e06f36e2-0a44-404d-bdbc-b66a292609b0';

    const known = await create();
    const unknown = await create({ body: { ownerId: other.toUpperCase(), memberIds: [MEMBER, other, OWNER] } });

    expect(known.body).toMatchObject({ owner: { id: OWNER, name: 'Acme' }, members: [{ id: MEMBER, name: 'Beta' }] });
    expect(unknown.status).toBe(400);
    expect(unknown.body).toEqual({
      error: {
        type: 'UnknownCustomers',
        message: 'The account has no customer with one of the IDs; see details.',
        details: [{ in: 'body', pointer: '/ownerId', message: `The account has no customer ${other}.` }],
      },
    });
  });

  it('does not use up an idempotency key for a request that fails', async () => {
    await start({ customers: customers.slice(0, 1) });
    const headers = { 'idempotency-key': 'k' };

    expect((await create({ headers })).status).toBe(400);
    expect((await create({ headers, body: { ...VALID, memberIds: [] } })).status).toBe(201);
  });

  it('makes every customer unknown when it is empty', async () => {
    await start({ customers: [] });

    expect(typeOf(await create())).toBe('UnknownCustomers');
  });

  it('is rejected with a customer that lacks a name', async () => {
    const incomplete = [{ id: OWNER }] as MockOptions['customers'] & object; // Not allowed by the type.

    await expect(startMock({ port: 0, customers: incomplete })).rejects.toThrow(
      /`customers\[0\]\.name` option must be a text/,
    );
  });
});

describe('the option `credentials`', () => {
  it('makes other credentials get 401', async () => {
    await start({
      credentials: [
        { clientId: 'key', clientSecret: 'secret' },
        { clientId: 'b', clientSecret: 'ü' },
      ],
    });
    const statusOf = async (text: string) => {
      const authorization = `Basic ${Buffer.from(text).toString('base64')}`;
      return (await create({ headers: { authorization } })).status;
    };

    expect([await statusOf('key:secret'), await statusOf('b:ü')]).toEqual([201, 201]);
    for (const wrong of ['key:Secret', 'key:', 'b:secret', 'KEY:secret', 'c:x'])
      expect(await statusOf(wrong)).toBe(401);
  });
});

describe('a connection that is reset before its response', () => {
  it('is recorded without one', async () => {
    useShared();
    const socket = connect(mock.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const head = [`POST ${PATH} HTTP/1.1`, 'Host: x', 'Authorization: Basic a2V5OnNlY3JldA==', 'Content-Length: 9'];
    socket.write([...head, 'Content-Type: application/json', 'Expect: 100-continue', '', ''].join('\r\n'));
    await once(socket, 'data');
    socket.resetAndDestroy();

    expect(await mock.waitForRequest()).toMatchObject({ method: 'POST', body: undefined, response: null });
  });
});
