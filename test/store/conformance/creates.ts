// Part of the conformance suite: creating organizations, and reading them back.
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CreateOutcome, Customer, StoredOrganization } from '../../../server/store/store.ts';
import { type Bench, batches, HASH } from './store-fixture.ts';

/** Runs this part; `bench` is renewed for each test. */
export function describeCreates(bench: Bench): void {
  describe('createOrganization', () => {
    it('gives owner and members by name, members in the order of the request', async () => {
      const [owner, a, b, c] = await bench.addCustomers(4);
      const asked = bench.request([owner, c, a, b] as Customer[]); // Four were asked for.

      const outcome = await bench.store.createOrganization(asked);

      expect(outcome).toEqual({ kind: 'created', organization: { id: asked.id, owner, members: [c, a, b] } });
    });

    it('takes no members at all', async () => {
      const [owner] = await bench.addCustomers(1);
      const asked = bench.request(owner ? [owner] : []);

      const outcome = await bench.store.createOrganization(asked);

      expect(outcome).toEqual({ kind: 'created', organization: { id: asked.id, owner, members: [] } });
    });

    it('takes 10,000 members, and gives and keeps every one', async () => {
      const customers = await bench.addCustomers(10_001);

      const outcome = await bench.store.createOrganization(bench.request(customers));

      expect(outcome.kind).toBe('created');
      const [stored] = await bench.list();
      expect([stored?.owner, ...(stored?.members ?? [])]).toEqual(customers);
      if (outcome.kind === 'created') expect(outcome.organization.members).toEqual(customers.slice(1));
    });

    it('keeps names as they are', async () => {
      const names = ['', ' ', 'Ünïcödé 株式会社 🏢', '"quoted", {braced}\\', "O'Brien; --", 'null', 'NULL', 'a\nb\tc'];
      const customers = names.map((each) => ({ id: randomUUID(), name: each }));
      await bench.store.importCustomers(bench.account, batches(customers));

      const first = await bench.store.createOrganization(
        bench.request(customers, { idempotency: { key: 'k', fingerprint: HASH } }),
      );
      const again = await bench.store.createOrganization(
        bench.request(customers, { idempotency: { key: 'k', fingerprint: HASH } }),
      );

      expect(namesIn(first)).toEqual(names);
      expect(namesIn(again)).toEqual(names);
    });

    it('names every unknown customer in the order of the request, and stores nothing', async () => {
      const [owner] = await bench.addCustomers(1);
      const strangers = [randomUUID(), randomUUID(), randomUUID()];
      const [first = '', second = '', third = ''] = strangers;

      const outcome = await bench.store.createOrganization(
        bench.request([], { ownerId: first, memberIds: [second, owner?.id ?? '', third] }),
      );

      expect(outcome).toEqual({ kind: 'unknownCustomers', ids: strangers });
      expect(await bench.list()).toEqual([]);
    });

    it('does not know the customers of another account', async () => {
      const other = await bench.store.addAccount('Other');
      const [mine] = await bench.addCustomers(1);
      const [theirs] = await bench.addCustomers(1, other);

      const outcome = await bench.store.createOrganization(bench.request([mine, theirs] as Customer[])); // Each was just added.

      expect(outcome).toEqual({ kind: 'unknownCustomers', ids: [theirs?.id] });
    });

    it('keeps 50 that are created at once apart', async () => {
      const customers = await bench.addCustomers(5);

      const outcomes = await Promise.all(
        Array.from({ length: 50 }, () => bench.store.createOrganization(bench.request(customers))),
      );

      expect(outcomes.every(({ kind }) => kind === 'created')).toBe(true);
      expect(await bench.list()).toHaveLength(50);
    });

    it('fails one alone when many run at once', async () => {
      const customers = await bench.addCustomers(2);
      const stranger = randomUUID();

      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          bench.store.createOrganization(bench.request(customers, index === 7 ? { memberIds: [stranger] } : {})),
        ),
      );

      expect(outcomes.map(({ kind }) => kind === 'created').filter(Boolean)).toHaveLength(19);
      expect(outcomes[7]).toEqual({ kind: 'unknownCustomers', ids: [stranger] });
    });
  });

  describe('listOrganizations', () => {
    it('gives what was created, in order, and since a time, but of no other account', async () => {
      const other = await bench.store.addAccount('Other');
      const customers = await bench.addCustomers(4);
      const made: StoredOrganization[] = [];
      for (let index = 0; index < 1100; index++) {
        if (index === 1000) bench.now += 60_000;
        const asked = bench.request(customers.slice(0, 1 + (index % 4)), { id: orderedId(index) });
        const outcome = await bench.store.createOrganization(asked);
        if (outcome.kind === 'created') made.push({ ...outcome.organization, createdAt: new Date(bench.now) });
      }

      expect(made).toHaveLength(1100);
      expect(await bench.list()).toEqual(made);
      expect(await bench.list(bench.store, bench.account, new Date(bench.now))).toEqual(made.slice(1000));
      expect(await bench.list(bench.store, other)).toEqual([]);
    });
  });
}

function namesIn(outcome: CreateOutcome): string[] | undefined {
  if (!('organization' in outcome)) return undefined;
  return [outcome.organization.owner, ...outcome.organization.members].map(({ name }) => name);
}

/** A UUID of version 7 that comes after those of lower numbers. */
function orderedId(index: number): string {
  return `01900000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;
}
