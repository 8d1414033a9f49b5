// The description of a client in the log: rejected credentials, address and User-Agent, without secrets.
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../server/edge/errors.ts';
import { basic, send } from '../../support/http/http.ts';
import { onlyLine, start } from './logged-edge.ts';

const BODY = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

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

describe('the data that a client sends about itself', () => {
  it.each([
    ['k\u202eevil', 'k\\u202eevil'],
    ['k\u2028x\u200b\u00ad', 'k\\u2028x\\u200b\\u00ad'],
    ['\ufeffk\u{e0041}', '\\ufeffk\\udb40\\udc41'],
    ['Zoë 😀 محمد', 'Zoë 😀 محمد'],
  ])('is logged without invisible characters: client ID %j', async (clientId, shown) => {
    const { url, lines } = await start({ authenticate: () => undefined });

    await send(url, { headers: { authorization: basic(clientId, 'x') }, body: BODY });

    expect((await onlyLine(lines)).attemptedClientId).toBe(shown);
  });

  it.each([
    ['\x9b31mRED', 'Â\\u009b31mRED'],
    ['<b>\xad', '<b>Â\\u00ad'],
    [`${'A1'.repeat(21)}x`, '(not logged: may be a secret)'],
    ['10.0.0.7:4711', '10.0.0.7:4711'],
  ])('is logged without invisible characters: address %j', async (address, shown) => {
    const { url, lines } = await start({ authenticate: () => undefined, trustProxy: true });

    await send(url, { headers: { authorization: basic('a', 'x'), 'x-forwarded-for': address }, body: BODY });

    expect((await onlyLine(lines)).address).toBe(shown);
  });

  it('is escaped where any client is accepted, as in the mock', async () => {
    const { url, lines } = await start({
      authenticate: ({ clientId }) => ({ account: clientId, clientId }),
    });

    await send(url, { headers: { authorization: basic('k\u202ex', 'x') }, body: BODY });

    expect(await onlyLine(lines)).toMatchObject({ account: 'k\\u202ex', clientId: 'k\\u202ex' });
  });
});
