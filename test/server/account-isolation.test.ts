// Accounts are isolated: no request sees, uses or reveals what belongs to another account.
import { describe, expect, it } from 'vitest';
import { addAccount, organizationIds, shareServer } from '../support/fixtures.ts';
import { exchange, PATH, send, type TestResponse } from '../support/http/http.ts';

const OURS = '11111111-1111-4111-8111-111111111111';
const THEIRS = 'abcdefab-cdef-4bcd-8fab-cdefabcdefab';
const SHARED = '33333333-3333-4333-8333-333333333333';
const NOBODYS = '44444444-4444-4444-8444-444444444444';

const server = shareServer();

async function twoAccounts() {
  const { url, store } = server();
  const our = await addAccount(store, [
    { id: OURS, name: 'Our customer' },
    { id: SHARED, name: 'Known to us by this name' },
  ]);
  const their = await addAccount(store, [
    { id: THEIRS, name: 'Their customer' },
    { id: SHARED, name: 'Known to them by that name' },
  ]);
  return { url, store, our, their };
}

/** The response without what differs between requests: their IDs and the date. */
function comparable({ status, headers, text }: TestResponse, id: string) {
  const { date: _, 'x-request-id': __, ...others } = headers;
  return { status, headers: others, text: text.replaceAll(id, 'ID') };
}

describe('a customer of another account', () => {
  it.each([
    ['the owner', (id: string) => ({ ownerId: id, memberIds: [] })],
    ['a member', (id: string) => ({ ownerId: OURS, memberIds: [id] })],
    ['one of many members', (id: string) => ({ ownerId: OURS, memberIds: [SHARED, id, SHARED] })],
    ['the owner and a member', (id: string) => ({ ownerId: id, memberIds: [id, OURS] })],
  ])('is unknown as %s, with the message of one that does not exist', async (_, body) => {
    const { url, store, our, their } = await twoAccounts();
    const { authorization } = our;

    const crossing = await send(url, { headers: { authorization }, body: body(THEIRS) });
    const missing = await send(url, { headers: { authorization }, body: body(NOBODYS) });

    expect(crossing.status).toBe(400);
    expect(crossing.body).toMatchObject({ error: { type: 'UnknownCustomers' } });
    expect(comparable(crossing, THEIRS)).toEqual(comparable(missing, NOBODYS));
    expect(await organizationIds(store, our.account)).toEqual([]);
    expect(await organizationIds(store, their.account)).toEqual([]);
  });

  it('is unknown in upper case', async () => {
    const { url, our } = await twoAccounts();
    const { authorization } = our;
    const body = (id: string) => ({ ownerId: OURS, memberIds: [id.toUpperCase()] });

    const crossing = await send(url, { headers: { authorization }, body: body(THEIRS) });
    const missing = await send(url, { headers: { authorization }, body: body(NOBODYS) });

    expect(crossing.status).toBe(400);
    expect(comparable(crossing, THEIRS)).toEqual(comparable(missing, NOBODYS));
  });

  it('is unknown when the other account has an organization with it', async () => {
    const { url, our, their } = await twoAccounts();
    const body = { ownerId: THEIRS, memberIds: [SHARED] };
    expect((await send(url, { headers: { authorization: their.authorization }, body })).status).toBe(201);

    const crossing = await send(url, { headers: { authorization: our.authorization }, body });

    expect(crossing.status).toBe(400);
    expect(crossing.text).not.toContain('Their');
  });
});

describe('a customer ID that two accounts have', () => {
  it('is a separate customer of each', async () => {
    const { url, store, our, their } = await twoAccounts();
    const body = { ownerId: SHARED, memberIds: [] };

    const ourResponse = await send(url, { headers: { authorization: our.authorization }, body });
    const theirResponse = await send(url, { headers: { authorization: their.authorization }, body });

    expect(ourResponse.body).toMatchObject({ owner: { id: SHARED, name: 'Known to us by this name' } });
    expect(theirResponse.body).toMatchObject({ owner: { id: SHARED, name: 'Known to them by that name' } });
    expect(await organizationIds(store, our.account)).toHaveLength(1);
    expect(await organizationIds(store, their.account)).toHaveLength(1);
  });
});

describe('an idempotency key of another account', () => {
  it('replays nothing for the same body', async () => {
    const { url, our, their } = await twoAccounts();
    const sent = (authorization: string) => ({
      headers: { authorization, 'idempotency-key': 'shared-key' },
      body: { ownerId: THEIRS, memberIds: [] },
    });
    expect((await send(url, sent(their.authorization))).status).toBe(201);

    const crossing = await send(url, sent(our.authorization));

    expect(crossing.status).toBe(400);
    expect(crossing.body).toMatchObject({ error: { type: 'UnknownCustomers' } });
    expect(crossing.headers).not.toHaveProperty('idempotency-replayed');
  });

  it('conflicts with nothing: each account creates and replays its own organization', async () => {
    const { url, our, their } = await twoAccounts();
    const ask = (authorization: string, memberIds: string[]) =>
      send(url, { headers: { authorization, 'idempotency-key': 'shared-key' }, body: { ownerId: SHARED, memberIds } });

    const theirs = await ask(their.authorization, [THEIRS]);
    const ours = await ask(our.authorization, [OURS]);
    const again = await ask(our.authorization, [OURS]);

    expect([theirs.status, ours.status, again.status]).toEqual([201, 201, 201]);
    expect(ours.headers).not.toHaveProperty('idempotency-replayed');
    expect(ours.text).not.toBe(theirs.text);
    expect(again.text).toBe(ours.text);
    expect(again.headers['idempotency-replayed']).toBe('true');
  });
});

describe('repeated headers', () => {
  it.each([
    ['first', 0],
    ['second', 1],
  ])('authenticate at most one Authorization header, with ours the %s', async (_, place) => {
    const { url, store, our, their } = await twoAccounts();
    const values = [their.authorization, their.authorization];
    values[place] = our.authorization;
    const headers = { 'content-type': 'application/json', authorization: values };

    // Each account has one owner: whichever account the request acts for, the other customer is unknown.
    const both = await exchange(url, { headers, body: { ownerId: OURS, memberIds: [THEIRS] } });

    expect([400, 401]).toContain(both.status);
    expect(await organizationIds(store, our.account)).toEqual([]);
    expect(await organizationIds(store, their.account)).toEqual([]);
  });

  it('do not join two Authorization values into a valid one', async () => {
    const { url, our, their } = await twoAccounts();
    const joined = `${our.authorization}, ${their.authorization}`;

    const response = await send(url, { headers: { authorization: joined }, body: { ownerId: OURS, memberIds: [] } });

    expect(response.status).toBe(401);
  });

  it.each(['idempotency-key', 'sequence-version'])(
    'are rejected for a header that may occur once: %s',
    async (name) => {
      const { url, store, our } = await twoAccounts();
      const value = name === 'sequence-version' ? '2024-07-30' : 'key-1';

      const response = await exchange(url, {
        path: PATH,
        headers: { authorization: our.authorization, 'content-type': 'application/json', [name]: [value, value] },
        body: { ownerId: OURS, memberIds: [] },
      });

      expect(response.status).toBe(400);
      expect(await organizationIds(store, our.account)).toEqual([]);
    },
  );

  it.each(['x-account', 'x-account-id', 'x-client-id', 'x-forwarded-user', 'sequence-account'])(
    'choose no account, nor do headers of other products: %s',
    async (name) => {
      const { url, our, their } = await twoAccounts();

      const response = await send(url, {
        headers: { authorization: our.authorization, [name]: their.account },
        body: { ownerId: THEIRS, memberIds: [] },
      });

      expect(response.status).toBe(400);
    },
  );
});
