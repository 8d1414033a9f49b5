// Part of the conformance suite: accounts, API keys, and the check of readiness.
import { describe, expect, it } from 'vitest';
import { type Bench, HASH } from './store-fixture.ts';

/** Runs this part; `bench` is renewed for each test. */
export function describeAccounts(bench: Bench): void {
  describe('API keys', () => {
    it('finds a key with everything that was stored of it', async () => {
      const key = { account: bench.account, clientId: 'client', secretHash: HASH, pinnedVersion: '2024-07-30' };
      await bench.store.addApiKey(key);
      await bench.store.addApiKey({ ...key, clientId: 'free', pinnedVersion: undefined });

      const [found, free] = [await bench.store.findApiKey('client'), await bench.store.findApiKey('free')];

      expect({ ...found, secretHash: Uint8Array.from(found?.secretHash ?? []) }).toEqual(key);
      expect(free?.pinnedVersion).toBeUndefined();
    });

    it.each([
      ['another name', 'nobody'],
      ['an empty one', ''],
      ['another case', 'CLIENT'],
      ['SQL', "' OR true --"],
      ['a NUL', 'client\0'],
      ['an emoji', '🏢'],
      ['10,000 characters', 'x'.repeat(10_000)],
    ])('finds none for %s', async (_, clientId) => {
      await bench.store.addApiKey({
        account: bench.account,
        clientId: 'client',
        secretHash: HASH,
        pinnedVersion: undefined,
      });

      expect(await bench.store.findApiKey(clientId)).toBeUndefined();
    });

    it('finds a key no more once it is revoked, and revokes it once', async () => {
      await bench.store.addApiKey({
        account: bench.account,
        clientId: 'client',
        secretHash: HASH,
        pinnedVersion: undefined,
      });
      await bench.store.findApiKey('client');

      const revoked = [await bench.store.revokeApiKey('client'), await bench.store.revokeApiKey('client')];

      expect(revoked).toEqual([true, false]);
      expect(await bench.store.revokeApiKey('nobody')).toBe(false);
      expect(await bench.store.findApiKey('client')).toBeUndefined();
    });

    it('lists the keys of one account, oldest first, revoked ones with the time', async () => {
      const other = await bench.store.addAccount('Other');
      const add = (clientId: string, to = bench.account) =>
        bench.store.addApiKey({ account: to, clientId, secretHash: HASH, pinnedVersion: undefined });
      const createdAt = new Date(bench.now);
      await add('b');
      bench.now += 1000;
      await add('a');
      await add('c', other);
      await bench.store.revokeApiKey('b');

      const keys = await bench.store.listApiKeys(bench.account);

      expect(keys).toEqual([
        { clientId: 'b', pinnedVersion: undefined, createdAt, revokedAt: new Date(bench.now) },
        { clientId: 'a', pinnedVersion: undefined, createdAt: new Date(bench.now), revokedAt: undefined },
      ]);
    });

    it('refuses a client ID that is taken, in any account', async () => {
      const other = await bench.store.addAccount('Other');
      const key = { account: bench.account, clientId: 'client', secretHash: HASH, pinnedVersion: undefined };
      await bench.store.addApiKey(key);

      await expect(bench.store.addApiKey({ ...key, account: other })).rejects.toThrow();
    });
  });

  describe('accounts', () => {
    it('finds an account by its name', async () => {
      expect(await bench.store.findAccount('First')).toBe(bench.account);
      expect(await bench.store.findAccount('first')).toBeUndefined();
    });

    it('gives the account that has the name already, to two at once as well', async () => {
      const again = await bench.store.addAccount('First');
      const atOnce = await Promise.all([bench.store.addAccount('New'), bench.store.addAccount('New')]);

      expect(again).toBe(bench.account);
      expect(new Set(atOnce).size).toBe(1);
      expect((await bench.store.listAccounts()).map(({ name }) => name)).toEqual(['First', 'New']);
    });

    it('is empty until there is an account', async () => {
      const fresh = await bench.openFresh();

      expect(await fresh.isEmpty()).toBe(true);
      await fresh.addAccount('Any');
      expect(await fresh.isEmpty()).toBe(false);
    });
  });

  describe('check', () => {
    it('resolves when all is well', async () => {
      await expect(bench.store.check()).resolves.toBeUndefined();
    });
  });
}
