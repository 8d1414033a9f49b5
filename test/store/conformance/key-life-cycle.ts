// Conformance suite of stores: the life cycle of API keys.
import { describe, expect, it } from 'vitest';
import { HASH, type StoreFixture } from './store-fixture.ts';

const NEW_HASH = new Uint8Array(32).fill(8);
const NEWER_HASH = new Uint8Array(32).fill(9);
const HOUR_MS = 3_600_000;

/** Adds these tests to the suite. The fixture is new for each test. */
export function describeKeyLifeCycle(fixture: StoreFixture): void {
  const add = (clientId = 'client', more = {}) =>
    fixture.store.addApiKey({
      account: fixture.account,
      clientId,
      secretHash: HASH,
      pinnedVersion: undefined,
      ...more,
    });
  const find = async (clientId = 'client') => {
    // The result must not come from the cache.
    const other = await fixture.reopen();
    const key = await other.findApiKey(clientId);
    return key && [key.secretHash, key.previousSecretHash].map((hash) => hash && Uint8Array.from(hash));
  };
  const list = async () => (await fixture.store.listApiKeys(fixture.account))[0];

  describe('an API key', () => {
    it('has a label', async () => {
      await add('client', { label: 'Nightly job' });

      expect((await list())?.label).toBe('Nightly job');
    });

    it('is valid until it expires', async () => {
      const expiresAt = new Date(fixture.now + HOUR_MS);
      await add('client', { expiresAt });

      expect(await find()).toEqual([HASH, undefined]);
      fixture.now += HOUR_MS;

      expect(await find()).toBeUndefined();
      expect((await list())?.expiresAt).toEqual(expiresAt);
    });

    it('is not valid from the millisecond of its expiry, although it was just read', async () => {
      const expiresAt = new Date(fixture.now + HOUR_MS);
      await add('client', { expiresAt });
      await fixture.store.findApiKey('client');

      fixture.now = expiresAt.getTime() - 1;
      expect((await fixture.store.findApiKey('client'))?.expiresAt).toEqual(expiresAt);
      fixture.now = expiresAt.getTime();
      expect(await fixture.store.findApiKey('client')).toBeUndefined();
    });

    it('has its old secret until the millisecond of its end, although it was just read', async () => {
      const until = new Date(fixture.now + HOUR_MS);
      await add();
      await fixture.store.rotateApiKey('client', NEW_HASH, until);
      const previous = async () => {
        const key = await fixture.store.findApiKey('client');
        return [key?.previousSecretHash && Uint8Array.from(key.previousSecretHash), key?.previousExpiresAt];
      };
      await previous();

      fixture.now = until.getTime() - 1;
      expect(await previous()).toEqual([HASH, until]);
      fixture.now = until.getTime();
      expect(await previous()).toEqual([undefined, undefined]);
      expect(Uint8Array.from((await fixture.store.findApiKey('client'))?.secretHash ?? [])).toEqual(NEW_HASH);
    });

    it('is not valid while it is disabled', async () => {
      await add();

      expect(await fixture.store.setApiKeyDisabled('client', true)).toBe(true);
      expect(await find()).toBeUndefined();
      expect((await list())?.disabledAt).toEqual(new Date(fixture.now));
      expect(await fixture.store.setApiKeyDisabled('client', true)).toBe(false);

      expect(await fixture.store.setApiKeyDisabled('client', false)).toBe(true);
      expect(await find()).toEqual([HASH, undefined]);
      expect((await list())?.disabledAt).toBeUndefined();
      expect(await fixture.store.setApiKeyDisabled('client', false)).toBe(false);
    });

    it('can be pinned to another version, and to none', async () => {
      await add('client', { pinnedVersion: '2024-07-30' });
      const pins = async () => [
        (await fixture.store.findApiKey('client'))?.pinnedVersion,
        (await list())?.pinnedVersion,
      ];

      expect(await fixture.store.pinApiKey('client', '2024-07-30')).toBe(false);
      expect(await fixture.store.pinApiKey('client', '2025-06-01')).toBe(true);
      expect(await pins()).toEqual(['2025-06-01', '2025-06-01']);

      expect(await fixture.store.pinApiKey('client', undefined)).toBe(true);
      expect(await pins()).toEqual([undefined, undefined]);
      expect(await fixture.store.pinApiKey('client', undefined)).toBe(false);

      expect(await fixture.store.pinApiKey('client', '2024-07-30')).toBe(true);
      expect(await pins()).toEqual(['2024-07-30', '2024-07-30']);
    });

    it('has two valid secrets after a rotation, until the overlap ends', async () => {
      await add();

      const until = new Date(fixture.now + HOUR_MS);

      expect(await fixture.store.rotateApiKey('client', NEW_HASH, until)).toBe(true);

      expect(await find()).toEqual([NEW_HASH, HASH]);
      expect((await list())?.previousExpiresAt).toEqual(until);
      fixture.now += HOUR_MS;
      expect(await find()).toEqual([NEW_HASH, undefined]);
    });

    it('has one valid secret after a rotation without an overlap', async () => {
      await add();

      await fixture.store.rotateApiKey('client', NEW_HASH, new Date(fixture.now));

      expect(await find()).toEqual([NEW_HASH, undefined]);
    });

    it('loses the secret before the last when it is rotated again', async () => {
      await add();
      await fixture.store.rotateApiKey('client', NEW_HASH, new Date(fixture.now + HOUR_MS));

      await fixture.store.rotateApiKey('client', NEWER_HASH, new Date(fixture.now + HOUR_MS));

      expect(await find()).toEqual([NEWER_HASH, NEW_HASH]);
    });

    it('cannot be changed once it is revoked, nor if it does not exist', async () => {
      await add();
      await fixture.store.revokeApiKey('client');

      for (const clientId of ['client', 'nobody']) {
        expect(await fixture.store.setApiKeyDisabled(clientId, true)).toBe(false);
        expect(await fixture.store.setApiKeyDisabled(clientId, false)).toBe(false);
        expect(await fixture.store.pinApiKey(clientId, '2024-07-30')).toBe(false);
        expect(await fixture.store.pinApiKey(clientId, undefined)).toBe(false);
        expect(await fixture.store.rotateApiKey(clientId, NEW_HASH, new Date(fixture.now))).toBe(false);
      }
      expect(await find()).toBeUndefined();
    });

    it('replaces a last use that is in the future', async () => {
      await add();
      const use = async (usedMs: number) => {
        const usedAt = new Date(usedMs);
        await fixture.store.recordApiKeyUses([{ account: fixture.account, clientId: 'client', usedAt }]);
        return (await list())?.lastUsedAt;
      };
      // PostgreSQL has a clock of its own.
      fixture.now = Date.now();
      await use(fixture.now + 48 * HOUR_MS);
      fixture.now += 30_000;

      const usedMs = fixture.now - 10_000;
      expect((await use(usedMs))?.getTime()).toBeLessThanOrEqual(usedMs);
    });

    it('records when it was used last', async () => {
      await add();
      await add('other');
      const use = (usedAt: number, clientId = 'client') => ({
        account: fixture.account,
        clientId,
        usedAt: new Date(fixture.now + usedAt),
      });

      expect((await list())?.lastUsedAt).toBeUndefined();
      await fixture.store.recordApiKeyUses([use(5000), use(7000, 'nobody')]);
      await fixture.store.recordApiKeyUses([use(2000)]);
      await fixture.store.recordApiKeyUses([]);

      expect((await list())?.lastUsedAt).toEqual(new Date(fixture.now + 5000));
      expect((await fixture.store.listApiKeys(fixture.account))[1]?.lastUsedAt).toBeUndefined();
    });
  });
}
