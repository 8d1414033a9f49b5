// Conformance suite of stores: creating organizations, and reading them back.
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Customer, StoredOrganization } from '../../../server/store/records.ts';
import type { CreateOutcome } from '../../../server/store/store.ts';
import { batches, HASH, type StoreFixture } from './store-fixture.ts';

/** Adds these tests to the suite. The fixture is new for each test. */
export function describeCreates(fixture: StoreFixture): void {
  describe('createOrganization', () => {
    it('returns owner and members with names, members in the order of the request', async () => {
      const [owner, a, b, c] = await fixture.addCustomers(4);
      const asked = fixture.request([owner, c, a, b] as Customer[]); // The fixture created four.

      const outcome = await fixture.store.createOrganization(asked);

      expect(outcome).toMatchObject({ kind: 'created', organization: { id: asked.id, owner, members: [c, a, b] } });
    });

    it('creates an organization without members', async () => {
      const [owner] = await fixture.addCustomers(1);
      const asked = fixture.request(owner ? [owner] : []);

      const outcome = await fixture.store.createOrganization(asked);

      expect(outcome).toMatchObject({ kind: 'created', organization: { id: asked.id, owner, members: [] } });
    });

    it('creates an organization with 10,000 members', async () => {
      const customers = await fixture.addCustomers(10_001);

      const outcome = await fixture.store.createOrganization(fixture.request(customers));

      expect(outcome.kind).toBe('created');
      const [stored] = await fixture.list();
      expect([stored?.owner, ...(stored?.members ?? [])]).toEqual(customers);
      if (outcome.kind === 'created') expect(outcome.organization.members).toEqual(customers.slice(1));
    });

    it.each([0, 100])('returns names unchanged, with %i other members', async (others) => {
      const unusual = [
        '',
        ' ',
        'Ünïcödé 株式会社 🏢',
        '"quoted", {braced}\\',
        "O'Brien; --",
        'null',
        'NULL',
        'a\nb\tc',
        '\x01',
      ];
      const names = [...unusual, ...Array.from({ length: others }, (_, index) => `Other ${index}`)];
      const customers = names.map((each) => ({ id: randomUUID(), name: each }));
      await fixture.store.importCustomers(fixture.account, batches(customers));

      const first = await fixture.store.createOrganization(
        fixture.request(customers, { idempotency: { key: 'k', fingerprint: HASH } }),
      );
      const again = await fixture.store.createOrganization(
        fixture.request(customers, { idempotency: { key: 'k', fingerprint: HASH } }),
      );

      expect(namesIn(first)).toEqual(names);
      expect(namesIn(again)).toEqual(names);
    });

    it('returns every unknown customer in the order of the request, and stores nothing', async () => {
      const [owner] = await fixture.addCustomers(1);
      const strangers = [randomUUID(), randomUUID(), randomUUID()];
      const [first = '', second = '', third = ''] = strangers;

      const outcome = await fixture.store.createOrganization(
        fixture.request([], { ownerId: first, memberIds: [second, owner?.id ?? '', third] }),
      );

      expect(outcome).toEqual({ kind: 'unknownCustomers', ids: strangers });
      expect(await fixture.list()).toEqual([]);
    });

    it('returns the unknown customers among 10,000, those of another account too', async () => {
      const other = await fixture.store.addAccount('Other');
      const theirs = await fixture.addCustomers(5, other);
      const mine = await fixture.addCustomers(5);
      const strangers = Array.from({ length: 9_991 }, () => ({ id: randomUUID(), name: '' }));
      const [first, ...others] = strangers;
      const asked = [first, ...mine, ...theirs, ...others] as Customer[]; // The array has 9,991 entries.

      const outcome = await fixture.store.createOrganization(fixture.request(asked));

      const unknown = asked.filter((each) => !mine.includes(each)).map(({ id }) => id);
      expect(outcome).toEqual({ kind: 'unknownCustomers', ids: unknown });
      expect(await fixture.list()).toEqual([]);
    });

    it('treats customers of another account as unknown', async () => {
      const other = await fixture.store.addAccount('Other');
      const [mine] = await fixture.addCustomers(1);
      const [theirs] = await fixture.addCustomers(1, other);

      // The customers were just added.
      const outcome = await fixture.store.createOrganization(fixture.request([mine, theirs] as Customer[]));

      expect(outcome).toEqual({ kind: 'unknownCustomers', ids: [theirs?.id] });
    });

    it('creates 50 organizations concurrently', async () => {
      const customers = await fixture.addCustomers(5);

      const outcomes = await Promise.all(
        Array.from({ length: 50 }, () => fixture.store.createOrganization(fixture.request(customers))),
      );

      expect(outcomes.every(({ kind }) => kind === 'created')).toBe(true);
      expect(await fixture.list()).toHaveLength(50);
    });

    it('rejects only the invalid one of concurrent creates', async () => {
      const customers = await fixture.addCustomers(2);
      const stranger = randomUUID();

      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          fixture.store.createOrganization(fixture.request(customers, index === 7 ? { memberIds: [stranger] } : {})),
        ),
      );

      expect(outcomes.map(({ kind }) => kind === 'created').filter(Boolean)).toHaveLength(19);
      expect(outcomes[7]).toEqual({ kind: 'unknownCustomers', ids: [stranger] });
    });
  });

  describe('listOrganizations', () => {
    it('yields organizations of the account in order, since a time', async () => {
      const other = await fixture.store.addAccount('Other');
      const customers = await fixture.addCustomers(4);
      const made: StoredOrganization[] = [];
      for (let index = 0; index < 1100; index++) {
        if (index === 1000) fixture.now += 60_000;
        const origin = { clientId: 'client', requestId: randomUUID(), apiVersion: '2024-07-30' };
        const asked = fixture.request(customers.slice(0, 1 + (index % 4)), { id: orderedId(index), origin });
        const outcome = await fixture.store.createOrganization(asked);
        if (outcome.kind === 'created')
          made.push({ ...outcome.organization, createdAt: new Date(fixture.now), origin });
      }

      expect(made).toHaveLength(1100);
      expect(await fixture.list()).toEqual(made);
      expect(await fixture.list(fixture.store, fixture.account, new Date(fixture.now))).toEqual(made.slice(1000));
      expect(await fixture.list(fixture.store, other)).toEqual([]);
    });
  });
}

function namesIn(outcome: CreateOutcome): string[] | undefined {
  if (!('organization' in outcome)) return undefined;
  return [outcome.organization.owner, ...outcome.organization.members].map(({ name }) => name);
}

/** Returns a UUIDv7 that sorts after those of lower numbers. */
function orderedId(index: number): string {
  return `01900000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;
}
