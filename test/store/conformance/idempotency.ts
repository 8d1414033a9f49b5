// Conformance suite of stores: idempotency keys, in one store and in two on the same data.
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { IDEMPOTENCY_TTL_MS } from '../../../server/store/store.ts';
import { batches, HASH, type StoreFixture } from './store-fixture.ts';

const fingerprint = (byte: number) => new Uint8Array(32).fill(byte);

/** Adds these tests to the suite. The fixture is new for each test. */
export function describeIdempotency(fixture: StoreFixture): void {
  describe('idempotency', () => {
    const idempotency = { key: 'key-1', fingerprint: HASH };

    it('replays the first result, with the names at that time', async () => {
      const customers = await fixture.addCustomers(3);
      const first = await fixture.store.createOrganization(fixture.request(customers, { idempotency }));
      await fixture.store.importCustomers(
        fixture.account,
        batches(customers.map(({ id }) => ({ id, name: 'Renamed' }))),
      );

      const again = await fixture.store.createOrganization(fixture.request(customers, { idempotency }));

      expect(first.kind).toBe('created');
      expect(again).toEqual({ ...first, kind: 'replayed' });
      expect(await fixture.list()).toHaveLength(1);
    });

    it('replays after a restart', async () => {
      const customers = await fixture.addCustomers(2);
      const first = await fixture.store.createOrganization(fixture.request(customers, { idempotency }));
      await fixture.restart();

      const again = await fixture.store.createOrganization(fixture.request(customers, { idempotency }));

      expect(again).toEqual({ ...first, kind: 'replayed' });
    });

    it('returns keyReused for another request, even with unknown customers', async () => {
      const customers = await fixture.addCustomers(2);
      await fixture.store.createOrganization(fixture.request(customers, { idempotency }));

      const other = { key: idempotency.key, fingerprint: fingerprint(9) };
      const outcomes = [
        await fixture.store.createOrganization(fixture.request(customers.slice(1), { idempotency: other })),
        await fixture.store.createOrganization(fixture.request([], { ownerId: randomUUID(), idempotency: other })),
      ];

      expect(outcomes).toEqual([{ kind: 'keyReused' }, { kind: 'keyReused' }]);
      expect(await fixture.list()).toHaveLength(1);
    });

    it('does not use up the key on unknown customers', async () => {
      const stranger = { id: randomUUID(), name: 'Not yet' };
      const rejected = await fixture.store.createOrganization(fixture.request([stranger], { idempotency }));
      await fixture.store.importCustomers(fixture.account, batches([stranger]));

      const outcome = await fixture.store.createOrganization(fixture.request([stranger], { idempotency }));

      expect(rejected.kind).toBe('unknownCustomers');
      expect(outcome.kind).toBe('created');
    });

    it('separates the keys of two accounts', async () => {
      const other = await fixture.store.addAccount('Other');
      const mine = await fixture.addCustomers(1);
      const theirs = await fixture.addCustomers(1, other);

      const outcomes = [
        await fixture.store.createOrganization(fixture.request(mine, { idempotency })),
        await fixture.store.createOrganization(fixture.request(theirs, { idempotency, account: other })),
      ];

      expect(outcomes.map(({ kind }) => kind)).toEqual(['created', 'created']);
    });

    it('creates one organization for 50 equal concurrent requests', async () => {
      const customers = await fixture.addCustomers(3);

      const outcomes = await Promise.all(
        Array.from({ length: 50 }, () => fixture.store.createOrganization(fixture.request(customers, { idempotency }))),
      );

      const ids = new Set(outcomes.map((each) => ('organization' in each ? each.organization.id : each.kind)));
      expect(ids.size).toBe(1);
      expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'replayed')).toHaveLength(49);
      expect(await fixture.list()).toHaveLength(1);
    });

    it('creates one organization for two different concurrent requests with one key', async () => {
      const customers = await fixture.addCustomers(2);

      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          fixture.store.createOrganization(
            fixture.request(customers, { idempotency: { key: 'k', fingerprint: fingerprint(index % 2) } }),
          ),
        ),
      );

      const kinds = outcomes.map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'created')).toHaveLength(1);
      expect(kinds.filter((kind) => kind === 'replayed')).toHaveLength(9);
      expect(kinds.filter((kind) => kind === 'keyReused')).toHaveLength(10);
    });

    it('keeps a key for 24 hours and no longer, purged or not', async () => {
      const customers = await fixture.addCustomers(1);
      await fixture.store.createOrganization(fixture.request(customers, { idempotency }));

      fixture.now += IDEMPOTENCY_TTL_MS - 1;
      const kinds = [(await fixture.store.createOrganization(fixture.request(customers, { idempotency }))).kind];
      fixture.now += 1;
      const outcomes = await Promise.all(
        Array.from({ length: 5 }, () => fixture.store.createOrganization(fixture.request(customers, { idempotency }))),
      );
      kinds.push(...outcomes.map(({ kind }) => kind).sort());

      expect(kinds).toEqual(['replayed', 'created', 'replayed', 'replayed', 'replayed', 'replayed']);
      expect(await fixture.list()).toHaveLength(2);
    });

    it('purges expired keys of all accounts up to the limit, and nothing else', async () => {
      const other = await fixture.store.addAccount('Other');
      const mine = await fixture.addCustomers(1);
      const theirs = await fixture.addCustomers(1, other);
      const create = (key: string) =>
        fixture.store.createOrganization(fixture.request(mine, { idempotency: { key, fingerprint: HASH } }));
      for (const key of ['a', 'b', 'c']) await create(key);
      await fixture.store.createOrganization(fixture.request(theirs, { account: other, idempotency }));
      fixture.now += IDEMPOTENCY_TTL_MS;
      await create('fresh');

      const purged = [
        await fixture.store.purgeIdempotencyKeys(2),
        await fixture.store.purgeIdempotencyKeys(10),
        await fixture.store.purgeIdempotencyKeys(10),
      ];

      expect(purged).toEqual([2, 2, 0]);
      expect((await create('fresh')).kind).toBe('replayed');
      expect((await create('a')).kind).toBe('created');
    });
  });

  describe('two stores on the same data', () => {
    it('read what the other stored', async () => {
      const customers = await fixture.addCustomers(2);
      const second = await fixture.reopen();
      const idempotency = { key: 'k', fingerprint: HASH };

      const first = await fixture.store.createOrganization(fixture.request(customers, { idempotency }));
      const again = await second.createOrganization(fixture.request(customers, { idempotency }));

      expect(again).toEqual({ ...first, kind: 'replayed' });
      expect(await fixture.list(second)).toHaveLength(1);
    });

    it('create one organization for 50 equal requests spread over both', async () => {
      const customers = await fixture.addCustomers(2);
      const stores = [fixture.store, await fixture.reopen()] as const;
      const idempotency = { key: 'k', fingerprint: HASH };

      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          stores[index % 2 === 0 ? 0 : 1].createOrganization(fixture.request(customers, { idempotency })),
        ),
      );

      expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'replayed')).toHaveLength(49);
    });
  });
}
