// The demo credentials: when a start shows them, and when production rejects them.
import { describe, expect, it, onTestFinished } from 'vitest';
import { acceptsDemo, DEMO_KEY, hasDemoKey, SAMPLE_CUSTOMERS, seedDemo } from '../../../server/demo/demo.ts';
import { openSqliteStore } from '../../../server/store/sqlite/store.ts';
import type { Store } from '../../../server/store/store.ts';

const HASH = new Uint8Array(32);
const demoAccount = async (store: Store) => (await store.findAccount('Demo')) ?? '';

/** A database with the demo data, and changes of it. */
async function createStore(change?: (store: Store) => Promise<unknown>): Promise<Store> {
  const store = openSqliteStore({ path: ':memory:' });
  onTestFinished(() => store.close());
  await seedDemo(store);
  await change?.(store);
  return store;
}

describe('the demo request', () => {
  it('is accepted by a database with the demo data', async () => {
    const store = await createStore();

    expect([await acceptsDemo(store), await hasDemoKey(store)]).toEqual([true, true]);
  });

  it.each<[string, boolean, (store: Store) => Promise<unknown>]>([
    ['has a revoked demo key', false, (store) => store.revokeApiKey(DEMO_KEY.clientId)],
    ['has a disabled demo key', false, (store) => store.setApiKeyDisabled(DEMO_KEY.clientId, true)],
    ['has a demo key with another secret', false, (store) => store.rotateApiKey(DEMO_KEY.clientId, HASH, new Date(0))],
    ['has no demo account', false, async (store) => store.deleteAccount(await demoAccount(store), { withData: true })],
    [
      'lacks a demo customer',
      true,
      async (store) => store.deleteCustomer(await demoAccount(store), SAMPLE_CUSTOMERS[0]?.id ?? ''),
    ],
  ])('is not accepted by a database that %s', async (_, hasKey, change) => {
    const store = await createStore(change);

    expect([await acceptsDemo(store), await hasDemoKey(store)]).toEqual([false, hasKey]);
  });

  it('is accepted while its secret is that before the last rotation', async () => {
    const tomorrow = new Date(Date.now() + 86_400_000);
    const store = await createStore((each) => each.rotateApiKey(DEMO_KEY.clientId, HASH, tomorrow));

    expect([await acceptsDemo(store), await hasDemoKey(store)]).toEqual([true, true]);
  });
});
