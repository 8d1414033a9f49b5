// Part of the conformance suite: idempotency keys, in one store and in two on the same data.
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { IDEMPOTENCY_TTL_MS } from '../../../server/store/store.ts';
import { type Bench, batches, HASH } from './store-fixture.ts';

const fingerprint = (byte: number) => new Uint8Array(32).fill(byte);

/** Runs this part; `bench` is renewed for each test. */
export function describeIdempotency(bench: Bench): void {
  describe('idempotency', () => {
    const idempotency = { key: 'key-1', fingerprint: HASH };

    it('replays the first answer, with the names of then', async () => {
      const customers = await bench.addCustomers(3);
      const first = await bench.store.createOrganization(bench.request(customers, { idempotency }));
      await bench.store.importCustomers(bench.account, batches(customers.map(({ id }) => ({ id, name: 'Renamed' }))));

      const again = await bench.store.createOrganization(bench.request(customers, { idempotency }));

      expect(first.kind).toBe('created');
      expect(again).toEqual({ ...first, kind: 'replayed' });
      expect(await bench.list()).toHaveLength(1);
    });

    it('replays after the store was closed and opened', async () => {
      const customers = await bench.addCustomers(2);
      const first = await bench.store.createOrganization(bench.request(customers, { idempotency }));
      await bench.restart();

      const again = await bench.store.createOrganization(bench.request(customers, { idempotency }));

      expect(again).toEqual({ ...first, kind: 'replayed' });
    });

    it('refuses the key for another request, even one with unknown customers', async () => {
      const customers = await bench.addCustomers(2);
      await bench.store.createOrganization(bench.request(customers, { idempotency }));

      const other = { key: idempotency.key, fingerprint: fingerprint(9) };
      const outcomes = [
        await bench.store.createOrganization(bench.request(customers.slice(1), { idempotency: other })),
        await bench.store.createOrganization(bench.request([], { ownerId: randomUUID(), idempotency: other })),
      ];

      expect(outcomes).toEqual([{ kind: 'keyReused' }, { kind: 'keyReused' }]);
      expect(await bench.list()).toHaveLength(1);
    });

    it('does not burn the key on unknown customers', async () => {
      const stranger = { id: randomUUID(), name: 'Not yet' };
      const refused = await bench.store.createOrganization(bench.request([stranger], { idempotency }));
      await bench.store.importCustomers(bench.account, batches([stranger]));

      const outcome = await bench.store.createOrganization(bench.request([stranger], { idempotency }));

      expect(refused.kind).toBe('unknownCustomers');
      expect(outcome.kind).toBe('created');
    });

    it('keeps the same key of two accounts apart', async () => {
      const other = await bench.store.addAccount('Other');
      const mine = await bench.addCustomers(1);
      const theirs = await bench.addCustomers(1, other);

      const outcomes = [
        await bench.store.createOrganization(bench.request(mine, { idempotency })),
        await bench.store.createOrganization(bench.request(theirs, { idempotency, account: other })),
      ];

      expect(outcomes.map(({ kind }) => kind)).toEqual(['created', 'created']);
    });

    it('gives one organization to 50 equal requests at once', async () => {
      const customers = await bench.addCustomers(3);

      const outcomes = await Promise.all(
        Array.from({ length: 50 }, () => bench.store.createOrganization(bench.request(customers, { idempotency }))),
      );

      const ids = new Set(outcomes.map((each) => ('organization' in each ? each.organization.id : each.kind)));
      expect(ids.size).toBe(1);
      expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'replayed')).toHaveLength(49);
      expect(await bench.list()).toHaveLength(1);
    });

    it('gives the key to one of two different requests at once', async () => {
      const customers = await bench.addCustomers(2);

      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          bench.store.createOrganization(
            bench.request(customers, { idempotency: { key: 'k', fingerprint: fingerprint(index % 2) } }),
          ),
        ),
      );

      const kinds = outcomes.map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'created')).toHaveLength(1);
      expect(kinds.filter((kind) => kind === 'replayed')).toHaveLength(9);
      expect(kinds.filter((kind) => kind === 'keyReused')).toHaveLength(10);
    });

    it('remembers a key for 24 hours and no longer, purged or not', async () => {
      const customers = await bench.addCustomers(1);
      await bench.store.createOrganization(bench.request(customers, { idempotency }));

      bench.now += IDEMPOTENCY_TTL_MS - 1;
      const kinds = [(await bench.store.createOrganization(bench.request(customers, { idempotency }))).kind];
      bench.now += 1;
      const outcomes = await Promise.all(
        Array.from({ length: 5 }, () => bench.store.createOrganization(bench.request(customers, { idempotency }))),
      );
      kinds.push(...outcomes.map(({ kind }) => kind).sort());

      expect(kinds).toEqual(['replayed', 'created', 'replayed', 'replayed', 'replayed', 'replayed']);
      expect(await bench.list()).toHaveLength(2);
    });

    it('purges what has expired, so many at a time, in all accounts, and nothing else', async () => {
      const other = await bench.store.addAccount('Other');
      const mine = await bench.addCustomers(1);
      const theirs = await bench.addCustomers(1, other);
      const create = (key: string) =>
        bench.store.createOrganization(bench.request(mine, { idempotency: { key, fingerprint: HASH } }));
      for (const key of ['a', 'b', 'c']) await create(key);
      await bench.store.createOrganization(bench.request(theirs, { account: other, idempotency }));
      bench.now += IDEMPOTENCY_TTL_MS;
      await create('fresh');

      const purged = [
        await bench.store.purgeIdempotencyKeys(2),
        await bench.store.purgeIdempotencyKeys(10),
        await bench.store.purgeIdempotencyKeys(10),
      ];

      expect(purged).toEqual([2, 2, 0]);
      expect((await create('fresh')).kind).toBe('replayed');
      expect((await create('a')).kind).toBe('created');
    });
  });

  describe('two at once on the same data', () => {
    it('see what the other stored', async () => {
      const customers = await bench.addCustomers(2);
      const second = await bench.reopen();
      const idempotency = { key: 'k', fingerprint: HASH };

      const first = await bench.store.createOrganization(bench.request(customers, { idempotency }));
      const again = await second.createOrganization(bench.request(customers, { idempotency }));

      expect(again).toEqual({ ...first, kind: 'replayed' });
      expect(await bench.list(second)).toHaveLength(1);
    });

    it('give one organization to 50 equal requests spread over both', async () => {
      const customers = await bench.addCustomers(2);
      const stores = [bench.store, await bench.reopen()] as const;
      const idempotency = { key: 'k', fingerprint: HASH };

      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          stores[index % 2 === 0 ? 0 : 1].createOrganization(bench.request(customers, { idempotency })),
        ),
      );

      expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'replayed')).toHaveLength(49);
    });
  });
}
