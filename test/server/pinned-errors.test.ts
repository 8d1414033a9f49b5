// Errors before the credentials are checked have the version to which a key is pinned, in both stores.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticateBy, hashSecret } from '../../server/auth/authenticate.ts';
import { limitFailedLogins } from '../../server/rate-limits/limit-failed-logins.ts';
import { openPostgresStore } from '../../server/store/postgres/store.ts';
import { openSqliteStore } from '../../server/store/sqlite/store.ts';
import type { Store } from '../../server/store/store.ts';
import { FIRST, THIRD, thirdHandlers, threeVersions } from '../support/contract/three-versions.ts';
import { basic, exchange } from '../support/http/http.ts';
import { startPostgres, type TestPostgres } from '../support/postgres/postgres.ts';
import { openThroughProxy } from '../support/postgres/through-proxy.ts';
import { startEdge } from '../support/targets.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.close());

/** The edge with three versions on this store, which has a key that is pinned to the first one. */
async function serve(store: Store, account: string, perMinute: number) {
  const key = { account, secretHash: hashSecret('secret'), pinnedVersion: FIRST };
  await store.addApiKey({ ...key, clientId: 'pinned' });
  await store.addApiKey({ ...key, clientId: 'expired', expiresAt: new Date(0) });
  const authenticate = limitFailedLogins(authenticateBy(store), { perMinute });
  const target = await startEdge(thirdHandlers().handlers, { ...threeVersions(), authenticate });
  const see = async (path: string, clientId?: string, secret = 'secret') => {
    const authorization = clientId === undefined ? [] : basic(clientId, secret);
    const { status, headers } = await exchange(target.url, { path, headers: { authorization } });
    return [status, headers['sequence-version']];
  };
  return { see, close: target.close };
}

describe.each<[string, () => Promise<Store>]>([
  ['SQLite', async () => openSqliteStore({ path: ':memory:' })],
  ['PostgreSQL', async () => openPostgresStore({ url: await postgres.createSchema() })],
])('a 404 on %s', (_, open) => {
  it('has the pin of a valid key, until the address has failed too often', async () => {
    await using stack = new AsyncDisposableStack();
    const store = await open();
    stack.defer(() => store.close());
    const { see, close } = await serve(store, await store.addAccount('First'), 3);
    stack.defer(close);

    const seen = [
      await see('/api/none'),
      await see('/api/none', 'pinned', 'wrong'),
      await see('/api/none', 'unknown'),
      await see('/api/none', 'expired'),
      await see('/api/none', 'pinned'),
      await see('/api/customer-organizations', 'pinned'),
    ];

    expect(seen).toEqual([...Array(5).fill([404, THIRD]), [429, THIRD]]);
  });

  it('has the pin of a valid key', async () => {
    await using stack = new AsyncDisposableStack();
    const store = await open();
    stack.defer(() => store.close());
    const { see, close } = await serve(store, await store.addAccount('First'), 3);
    stack.defer(close);

    expect(await see('/api/none', 'pinned')).toEqual([404, FIRST]);
    await store.pinApiKey('pinned', undefined);
    expect(await see('/api/none', 'pinned')).toEqual([404, THIRD]);
  });
});

it('has the newest version when PostgreSQL does not respond in time', async () => {
  await using stack = new AsyncDisposableStack();
  const { proxy, store, account } = await openThroughProxy(postgres, { timeoutMs: 300 });
  const { see, close } = await serve(store, account, 3);
  stack.defer(close);
  proxy.freeze();

  // The call would wait longer than the time limit of a test.
  expect(await see('/api/none', 'pinned')).toEqual([404, THIRD]);
  expect(await see('/api/none')).toEqual([404, THIRD]);
  proxy.thaw();
});
