// Conformance suite of stores: the audit trail.
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { describeActor, type StoredEvent } from '../../../server/store/events.ts';
import type { Customer } from '../../../server/store/records.ts';
import type { Store } from '../../../server/store/store.ts';
import { batches, HASH, type StoreFixture } from './store-fixture.ts';

const NEW_HASH = new Uint8Array(32).fill(8);
const HOUR_MS = 3_600_000;

/** Adds these tests to the suite. The fixture is new for each test. */
export function describeAudit(fixture: StoreFixture): void {
  const add = (clientId = 'client', more = {}) =>
    fixture.store.addApiKey({
      account: fixture.account,
      clientId,
      secretHash: HASH,
      pinnedVersion: undefined,
      ...more,
    });
  const events = async (store: Store = fixture.store, ...args: Parameters<Store['listEvents']>) => {
    const all: StoredEvent[] = [];
    for await (const event of store.listEvents(...args)) all.push(event);
    return all;
  };
  const typesOf = (all: StoredEvent[]) => all.map(({ type, subject }) => [type, subject]);

  describe('an organization', () => {
    it.each([undefined, 'key'])('keeps the request that made it, with idempotency key %s', async (key) => {
      const customers = await fixture.addCustomers(3);
      const idempotency = key === undefined ? undefined : { key, fingerprint: HASH };
      const origins = Array.from({ length: 20 }, (_, index) => ({
        clientId: `client-${index}`,
        requestId: randomUUID(),
        apiVersion: `2024-01-${String(index + 1).padStart(2, '0')}`,
      }));

      // Concurrent creates share a statement.
      const created = await Promise.all(
        origins.map((origin, index) =>
          fixture.store.createOrganization(
            fixture.request(customers.slice(0, 1 + (index % 3)), {
              origin,
              ...(idempotency && { idempotency: { ...idempotency, key: `${key}-${index}` } }),
            }),
          ),
        ),
      );

      const stored = new Map((await fixture.list()).map(({ id, origin }) => [id, origin]));
      const ids = created.map((outcome) => ('organization' in outcome ? outcome.organization.id : ''));
      expect(ids.map((id) => stored.get(id))).toEqual(origins);
    });

    it('keeps the first request when it is replayed', async () => {
      const customers = await fixture.addCustomers(1);
      const create = (requestId: string) =>
        fixture.store.createOrganization(
          fixture.request(customers, {
            origin: { clientId: 'client', requestId, apiVersion: '2024-07-30' },
            idempotency: { key: 'k', fingerprint: HASH },
          }),
        );
      const [first, second] = [randomUUID(), randomUUID()];

      await create(first);
      await create(second);

      expect((await fixture.list()).map(({ origin }) => origin?.requestId)).toEqual([first]);
    });

    it('has no request when none was given', async () => {
      await fixture.store.createOrganization(fixture.request(await fixture.addCustomers(1)));

      expect((await fixture.list())[0]?.origin).toBeUndefined();
    });
  });

  describe('events', () => {
    it('record each change of accounts, keys and customers, in order, with who made it and when', async () => {
      const at = new Date(fixture.now);
      await add('client', { label: 'Job', pinnedVersion: '2024-07-30' });
      await fixture.store.rotateApiKey('client', NEW_HASH, new Date(fixture.now + HOUR_MS));
      await fixture.store.setApiKeyDisabled('client', true);
      await fixture.store.setApiKeyDisabled('client', false);
      await fixture.store.pinApiKey('client', '2025-06-01');
      await fixture.store.pinApiKey('client', undefined);
      await fixture.store.revokeApiKey('client');
      await fixture.addCustomers(2);

      const all = await events();

      expect(typesOf(all)).toEqual([
        ['account.created', 'First'],
        ['key.created', 'client'],
        ['key.rotated', 'client'],
        ['key.disabled', 'client'],
        ['key.enabled', 'client'],
        ['key.pinned', 'client'],
        ['key.pinned', 'client'],
        ['key.revoked', 'client'],
        ['customers.imported', fixture.account],
      ]);
      for (const event of all)
        expect(event).toMatchObject({ account: fixture.account, createdAt: at, actor: describeActor() });
      expect(all.map(({ details }) => details)).toEqual([
        {},
        { label: 'Job', pinnedVersion: '2024-07-30', expiresAt: null },
        { previousExpiresAt: new Date(fixture.now + HOUR_MS).toISOString() },
        {},
        {},
        { pinnedVersion: '2025-06-01' },
        { pinnedVersion: null },
        {},
        { added: 2, renamed: 0, unchanged: 0 },
      ]);
    });

    it('have no secret', async () => {
      await add();
      await fixture.store.rotateApiKey('client', NEW_HASH, new Date(fixture.now + HOUR_MS));

      const text = JSON.stringify(await events());

      for (const hash of [HASH, NEW_HASH])
        for (const encoding of ['hex', 'base64'] as const)
          expect(text).not.toContain(Buffer.from(hash).toString(encoding));
    });

    it('are not recorded when nothing changes', async () => {
      await add();
      const before = await events();

      await fixture.store.addAccount('First');
      await fixture.store.revokeApiKey('nobody');
      await fixture.store.setApiKeyDisabled('client', false);
      await fixture.store.recordApiKeyUses([{ account: fixture.account, clientId: 'client', usedAt: new Date() }]);
      await fixture.store.importCustomers(fixture.account, batches([{ id: randomUUID(), name: 'x' }]), {
        dryRun: true,
      });
      await expect(add('client', { secretHash: NEW_HASH })).rejects.toThrow();
      await expect(
        fixture.store.importCustomers(
          fixture.account,
          (async function* (): AsyncIterable<Customer[]> {
            yield [{ id: randomUUID(), name: 'x' }];
            throw new Error('The file is damaged.');
          })(),
        ),
      ).rejects.toThrow('The file is damaged.');

      expect(await events()).toEqual(before);
    });

    it('are yielded for one account, and since a time', async () => {
      const other = await fixture.store.addAccount('Other');
      await add('mine');
      fixture.now += 60_000;
      await add('theirs', { account: other });
      await add('later');

      expect(typesOf(await events(fixture.store, other))).toEqual([
        ['account.created', 'Other'],
        ['key.created', 'theirs'],
      ]);
      expect(typesOf(await events(fixture.store, undefined, new Date(fixture.now)))).toEqual([
        ['key.created', 'theirs'],
        ['key.created', 'later'],
      ]);
      expect(await events(fixture.store, randomUUID())).toEqual([]);
    });

    it('are all yielded, however many there are', async () => {
      await add();
      for (let index = 0; index < 600; index++) await fixture.store.setApiKeyDisabled('client', index % 2 === 0);

      const all = await events();

      expect(all).toHaveLength(602);
      expect(new Set(all.map(({ id }) => id)).size).toBe(602);
      expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).sort());
    });
  });
}
