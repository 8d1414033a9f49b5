// Conformance suite of stores: accounts, API keys, and the check of readiness.
import { describe, expect, it } from 'vitest';
import { HASH, type StoreFixture } from './store-fixture.ts';

/** Adds these tests to the suite. The fixture is new for each test. */
export function describeAccounts(fixture: StoreFixture): void {
  describe('API keys', () => {
    it('returns a key as it was stored', async () => {
      const key = { account: fixture.account, clientId: 'client', secretHash: HASH, pinnedVersion: '2024-07-30' };
      await fixture.store.addApiKey(key);
      await fixture.store.addApiKey({ ...key, clientId: 'free', pinnedVersion: undefined });

      const [found, free] = [await fixture.store.findApiKey('client'), await fixture.store.findApiKey('free')];

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
    ])('returns undefined for %s', async (_, clientId) => {
      await fixture.store.addApiKey({
        account: fixture.account,
        clientId: 'client',
        secretHash: HASH,
        pinnedVersion: undefined,
      });

      expect(await fixture.store.findApiKey(clientId)).toBeUndefined();
    });

    it('returns undefined for a revoked key, which is revoked only once', async () => {
      await fixture.store.addApiKey({
        account: fixture.account,
        clientId: 'client',
        secretHash: HASH,
        pinnedVersion: undefined,
      });
      await fixture.store.findApiKey('client');

      const revoked = [await fixture.store.revokeApiKey('client'), await fixture.store.revokeApiKey('client')];

      expect(revoked).toEqual([true, false]);
      expect(await fixture.store.revokeApiKey('nobody')).toBe(false);
      expect(await fixture.store.findApiKey('client')).toBeUndefined();
    });

    it('lists the keys of an account, oldest first, with the time of revocation', async () => {
      const other = await fixture.store.addAccount('Other');
      const add = (clientId: string, to = fixture.account) =>
        fixture.store.addApiKey({ account: to, clientId, secretHash: HASH, pinnedVersion: undefined });
      const createdAt = new Date(fixture.now);
      await add('b');
      fixture.now += 1000;
      await add('a');
      await add('c', other);
      await fixture.store.revokeApiKey('b');

      const keys = await fixture.store.listApiKeys(fixture.account);

      expect(keys).toEqual([
        { clientId: 'b', pinnedVersion: undefined, createdAt, revokedAt: new Date(fixture.now) },
        { clientId: 'a', pinnedVersion: undefined, createdAt: new Date(fixture.now), revokedAt: undefined },
      ]);
    });

    it('rejects a client ID that exists in any account', async () => {
      const other = await fixture.store.addAccount('Other');
      const key = { account: fixture.account, clientId: 'client', secretHash: HASH, pinnedVersion: undefined };
      await fixture.store.addApiKey(key);

      await expect(fixture.store.addApiKey({ ...key, account: other })).rejects.toThrow();
    });
  });

  describe('accounts', () => {
    it('returns the ID of an account by its name', async () => {
      expect(await fixture.store.findAccount('First')).toBe(fixture.account);
      expect(await fixture.store.findAccount('first')).toBeUndefined();
    });

    it('returns the existing account of a name, to concurrent calls as well', async () => {
      const again = await fixture.store.addAccount('First');
      const atOnce = await Promise.all([fixture.store.addAccount('New'), fixture.store.addAccount('New')]);

      expect(again).toBe(fixture.account);
      expect(new Set(atOnce).size).toBe(1);
      expect((await fixture.store.listAccounts()).map(({ name }) => name)).toEqual(['First', 'New']);
    });

    it('is added with its first key, or neither is', async () => {
      const key = { clientId: 'first', secretHash: HASH, pinnedVersion: undefined };

      expect(await fixture.store.addAccountWithKey('With key', key)).toBe(true);
      await expect(fixture.store.addAccountWithKey('Without key', key)).rejects.toThrow();

      const account = (await fixture.store.findAccount('With key')) ?? '';
      expect((await fixture.store.listApiKeys(account)).map(({ clientId }) => clientId)).toEqual(['first']);
      expect((await fixture.store.listAccounts()).map(({ name }) => name)).toEqual(['First', 'With key']);
      const events: unknown[] = [];
      for await (const { type, subject } of fixture.store.listEvents(account)) events.push([type, subject]);
      expect(events).toEqual([
        ['account.created', 'With key'],
        ['key.created', 'first'],
      ]);
    });

    it('is created by one of the calls that add a key to it at once', async () => {
      const add = (clientId: string) =>
        fixture.store.addAccountWithKey('At once', { clientId, secretHash: HASH, pinnedVersion: undefined });

      const created = await Promise.all([...'abcde'].map(add));
      const later = await add('f');

      expect(created.filter(Boolean)).toEqual([true]);
      expect(later).toBe(false);
      const account = (await fixture.store.findAccount('At once')) ?? '';
      expect((await fixture.store.listApiKeys(account)).map(({ clientId }) => clientId).sort()).toEqual([...'abcdef']);
      const types: string[] = [];
      for await (const { type } of fixture.store.listEvents(account)) types.push(type);
      expect(types.filter((type) => type === 'account.created')).toHaveLength(1);
      expect(types.filter((type) => type === 'key.created')).toHaveLength(6);
    });

    it('is empty until an account is added', async () => {
      const fresh = await fixture.openFresh();

      expect(await fresh.isEmpty()).toBe(true);
      await fresh.addAccount('Any');
      expect(await fresh.isEmpty()).toBe(false);
    });
  });

  describe('check', () => {
    it('resolves when the store can write', async () => {
      await expect(fixture.store.check()).resolves.toBeUndefined();
    });
  });
}
