// What every store does, as a suite: each store's test file is one call of it.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type CreateOutcome,
  type Customer,
  IDEMPOTENCY_TTL_MS,
  type NewOrganization,
  type Store,
  type StoredOrganization,
} from '../../server/store/store.ts';

export interface StoreFactory {
  /** Opens a fresh store, or the same one again with `reopen`. `now` gives milliseconds since 1970-01-01 UTC. */
  open(options: { now: () => number }): Promise<Store>;
  /** Opens what `open` opened last, beside it or after it was closed. */
  reopen(options: { now: () => number }): Promise<Store>;
}

const HASH = new Uint8Array(32).fill(7);
const fingerprint = (byte: number) => new Uint8Array(32).fill(byte);

/** Runs the suite on the stores of this factory. */
export function describeStore(name: string, factory: StoreFactory): void {
  describe(name, () => {
    let store: Store;
    let account: string;
    let now: number;
    const others: Store[] = [];

    beforeEach(async () => {
      now = Date.parse('2026-05-01T12:00:00.123Z');
      store = await factory.open({ now: () => now });
      account = await store.addAccount('First');
    });

    afterEach(async () => {
      for (const each of [store, ...others.splice(0)]) await each.close();
    });

    const reopen = async () => {
      const again = await factory.reopen({ now: () => now });
      others.push(again);
      return again;
    };

    /** Adds so many customers and gives them. */
    const addCustomers = async (count: number, to = account): Promise<Customer[]> => {
      const customers = Array.from({ length: count }, (_, index) => ({ id: randomUUID(), name: `Customer ${index}` }));
      await store.importCustomers(to, batches(customers));
      return customers;
    };

    const request = (customers: Customer[], more: Partial<NewOrganization> = {}): NewOrganization => {
      const [ownerId = '', ...memberIds] = customers.map(({ id }) => id);
      return { account, id: randomUUID(), ownerId, memberIds, ...more };
    };

    const list = async (from: Store = store, of = account, since?: Date): Promise<StoredOrganization[]> =>
      collect(from.listOrganizations(of, since));

    describe('createOrganization', () => {
      it('gives owner and members by name, members in the order of the request', async () => {
        const [owner, a, b, c] = await addCustomers(4);
        const asked = request([owner, c, a, b] as Customer[]); // Four were asked for.

        const outcome = await store.createOrganization(asked);

        expect(outcome).toEqual({ kind: 'created', organization: { id: asked.id, owner, members: [c, a, b] } });
      });

      it('takes no members at all', async () => {
        const [owner] = await addCustomers(1);
        const asked = request(owner ? [owner] : []);

        const outcome = await store.createOrganization(asked);

        expect(outcome).toEqual({ kind: 'created', organization: { id: asked.id, owner, members: [] } });
      });

      it('takes 10,000 members, and gives and keeps every one', async () => {
        const customers = await addCustomers(10_001);

        const outcome = await store.createOrganization(request(customers));

        expect(outcome.kind).toBe('created');
        const [stored] = await list();
        expect([stored?.owner, ...(stored?.members ?? [])]).toEqual(customers);
        if (outcome.kind === 'created') expect(outcome.organization.members).toEqual(customers.slice(1));
      });

      it('keeps names as they are', async () => {
        const names = [
          '',
          ' ',
          'Ünïcödé 株式会社 🏢',
          '"quoted", {braced}\\',
          "O'Brien; --",
          'null',
          'NULL',
          'a\nb\tc',
        ];
        const customers = names.map((each) => ({ id: randomUUID(), name: each }));
        await store.importCustomers(account, batches(customers));

        const first = await store.createOrganization(
          request(customers, { idempotency: { key: 'k', fingerprint: HASH } }),
        );
        const again = await store.createOrganization(
          request(customers, { idempotency: { key: 'k', fingerprint: HASH } }),
        );

        expect(namesIn(first)).toEqual(names);
        expect(namesIn(again)).toEqual(names);
      });

      it('names every unknown customer in the order of the request, and stores nothing', async () => {
        const [owner] = await addCustomers(1);
        const strangers = [randomUUID(), randomUUID(), randomUUID()];
        const [first = '', second = '', third = ''] = strangers;

        const outcome = await store.createOrganization(
          request([], { ownerId: first, memberIds: [second, owner?.id ?? '', third] }),
        );

        expect(outcome).toEqual({ kind: 'unknownCustomers', ids: strangers });
        expect(await list()).toEqual([]);
      });

      it('does not know the customers of another account', async () => {
        const other = await store.addAccount('Other');
        const [mine] = await addCustomers(1);
        const [theirs] = await addCustomers(1, other);

        const outcome = await store.createOrganization(request([mine, theirs] as Customer[])); // Each was just added.

        expect(outcome).toEqual({ kind: 'unknownCustomers', ids: [theirs?.id] });
      });

      it('keeps 50 that are created at once apart', async () => {
        const customers = await addCustomers(5);

        const outcomes = await Promise.all(
          Array.from({ length: 50 }, () => store.createOrganization(request(customers))),
        );

        expect(outcomes.every(({ kind }) => kind === 'created')).toBe(true);
        expect(await list()).toHaveLength(50);
      });

      it('fails one alone when many run at once', async () => {
        const customers = await addCustomers(2);
        const stranger = randomUUID();

        const outcomes = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            store.createOrganization(request(customers, index === 7 ? { memberIds: [stranger] } : {})),
          ),
        );

        expect(outcomes.map(({ kind }) => kind === 'created').filter(Boolean)).toHaveLength(19);
        expect(outcomes[7]).toEqual({ kind: 'unknownCustomers', ids: [stranger] });
      });
    });

    describe('idempotency', () => {
      const idempotency = { key: 'key-1', fingerprint: HASH };

      it('replays the first answer, with the names of then', async () => {
        const customers = await addCustomers(3);
        const first = await store.createOrganization(request(customers, { idempotency }));
        await store.importCustomers(account, batches(customers.map(({ id }) => ({ id, name: 'Renamed' }))));

        const again = await store.createOrganization(request(customers, { idempotency }));

        expect(first.kind).toBe('created');
        expect(again).toEqual({ ...first, kind: 'replayed' });
        expect(await list()).toHaveLength(1);
      });

      it('replays after the store was closed and opened', async () => {
        const customers = await addCustomers(2);
        const first = await store.createOrganization(request(customers, { idempotency }));
        await store.close();
        store = await factory.reopen({ now: () => now });

        const again = await store.createOrganization(request(customers, { idempotency }));

        expect(again).toEqual({ ...first, kind: 'replayed' });
      });

      it('refuses the key for another request, even one with unknown customers', async () => {
        const customers = await addCustomers(2);
        await store.createOrganization(request(customers, { idempotency }));

        const other = { key: idempotency.key, fingerprint: fingerprint(9) };
        const outcomes = [
          await store.createOrganization(request(customers.slice(1), { idempotency: other })),
          await store.createOrganization(request([], { ownerId: randomUUID(), idempotency: other })),
        ];

        expect(outcomes).toEqual([{ kind: 'keyReused' }, { kind: 'keyReused' }]);
        expect(await list()).toHaveLength(1);
      });

      it('does not burn the key on unknown customers', async () => {
        const stranger = { id: randomUUID(), name: 'Not yet' };
        const refused = await store.createOrganization(request([stranger], { idempotency }));
        await store.importCustomers(account, batches([stranger]));

        const outcome = await store.createOrganization(request([stranger], { idempotency }));

        expect(refused.kind).toBe('unknownCustomers');
        expect(outcome.kind).toBe('created');
      });

      it('keeps the same key of two accounts apart', async () => {
        const other = await store.addAccount('Other');
        const mine = await addCustomers(1);
        const theirs = await addCustomers(1, other);

        const outcomes = [
          await store.createOrganization(request(mine, { idempotency })),
          await store.createOrganization(request(theirs, { idempotency, account: other })),
        ];

        expect(outcomes.map(({ kind }) => kind)).toEqual(['created', 'created']);
      });

      it('gives one organization to 50 equal requests at once', async () => {
        const customers = await addCustomers(3);

        const outcomes = await Promise.all(
          Array.from({ length: 50 }, () => store.createOrganization(request(customers, { idempotency }))),
        );

        const ids = new Set(outcomes.map((each) => ('organization' in each ? each.organization.id : each.kind)));
        expect(ids.size).toBe(1);
        expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(1);
        expect(outcomes.filter(({ kind }) => kind === 'replayed')).toHaveLength(49);
        expect(await list()).toHaveLength(1);
      });

      it('gives the key to one of two different requests at once', async () => {
        const customers = await addCustomers(2);

        const outcomes = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            store.createOrganization(
              request(customers, { idempotency: { key: 'k', fingerprint: fingerprint(index % 2) } }),
            ),
          ),
        );

        const kinds = outcomes.map(({ kind }) => kind);
        expect(kinds.filter((kind) => kind === 'created')).toHaveLength(1);
        expect(kinds.filter((kind) => kind === 'replayed')).toHaveLength(9);
        expect(kinds.filter((kind) => kind === 'keyReused')).toHaveLength(10);
      });

      it('remembers a key for 24 hours and no longer, purged or not', async () => {
        const customers = await addCustomers(1);
        await store.createOrganization(request(customers, { idempotency }));

        now += IDEMPOTENCY_TTL_MS - 1;
        const kinds = [(await store.createOrganization(request(customers, { idempotency }))).kind];
        now += 1;
        const at = await Promise.all(
          Array.from({ length: 5 }, () => store.createOrganization(request(customers, { idempotency }))),
        );
        kinds.push(...at.map(({ kind }) => kind).sort());

        expect(kinds).toEqual(['replayed', 'created', 'replayed', 'replayed', 'replayed', 'replayed']);
        expect(await list()).toHaveLength(2);
      });

      it('purges what has expired, so many at a time, in all accounts, and nothing else', async () => {
        const other = await store.addAccount('Other');
        const mine = await addCustomers(1);
        const theirs = await addCustomers(1, other);
        const create = (key: string) =>
          store.createOrganization(request(mine, { idempotency: { key, fingerprint: HASH } }));
        for (const key of ['a', 'b', 'c']) await create(key);
        await store.createOrganization(request(theirs, { account: other, idempotency }));
        now += IDEMPOTENCY_TTL_MS;
        await create('fresh');

        const purged = [
          await store.purgeIdempotencyKeys(2),
          await store.purgeIdempotencyKeys(10),
          await store.purgeIdempotencyKeys(10),
        ];

        expect(purged).toEqual([2, 2, 0]);
        expect((await create('fresh')).kind).toBe('replayed');
        expect((await create('a')).kind).toBe('created');
      });
    });

    describe('API keys', () => {
      it('finds a key with everything that was stored of it', async () => {
        const key = { account, clientId: 'client', secretHash: HASH, pinnedVersion: '2024-07-30' };
        await store.addApiKey(key);
        await store.addApiKey({ ...key, clientId: 'free', pinnedVersion: undefined });

        const [found, free] = [await store.findApiKey('client'), await store.findApiKey('free')];

        expect({ ...found, secretHash: Uint8Array.from(found?.secretHash ?? []) }).toEqual(key);
        expect(free?.pinnedVersion).toBeUndefined();
      });

      it.each(['nobody', '', 'CLIENT', "' OR true --", '\0', '🏢', 'x'.repeat(10_000)])(
        'finds none for %j',
        async (clientId) => {
          await store.addApiKey({ account, clientId: 'client', secretHash: HASH, pinnedVersion: undefined });

          expect(await store.findApiKey(clientId)).toBeUndefined();
        },
      );

      it('finds a key no more once it is revoked, and revokes it once', async () => {
        await store.addApiKey({ account, clientId: 'client', secretHash: HASH, pinnedVersion: undefined });
        await store.findApiKey('client');

        const revoked = [await store.revokeApiKey('client'), await store.revokeApiKey('client')];

        expect(revoked).toEqual([true, false]);
        expect(await store.revokeApiKey('nobody')).toBe(false);
        expect(await store.findApiKey('client')).toBeUndefined();
      });

      it('lists the keys of one account, oldest first, revoked ones with the time', async () => {
        const other = await store.addAccount('Other');
        const add = (clientId: string, to = account) =>
          store.addApiKey({ account: to, clientId, secretHash: HASH, pinnedVersion: undefined });
        const createdAt = new Date(now);
        await add('b');
        now += 1000;
        await add('a');
        await add('c', other);
        await store.revokeApiKey('b');

        const keys = await store.listApiKeys(account);

        expect(keys).toEqual([
          { clientId: 'b', pinnedVersion: undefined, createdAt, revokedAt: new Date(now) },
          { clientId: 'a', pinnedVersion: undefined, createdAt: new Date(now), revokedAt: undefined },
        ]);
      });

      it('refuses a client ID that is taken, in any account', async () => {
        const other = await store.addAccount('Other');
        const key = { account, clientId: 'client', secretHash: HASH, pinnedVersion: undefined };
        await store.addApiKey(key);

        await expect(store.addApiKey({ ...key, account: other })).rejects.toThrow();
      });
    });

    describe('accounts', () => {
      it('finds an account by its name', async () => {
        expect(await store.findAccount('First')).toBe(account);
        expect(await store.findAccount('first')).toBeUndefined();
      });

      it('refuses a name that is taken', async () => {
        await expect(store.addAccount('First')).rejects.toThrow();
      });

      it('is empty until there is an account', async () => {
        const fresh = await factory.open({ now: () => now });
        others.push(fresh);

        expect(await fresh.isEmpty()).toBe(true);
        await fresh.addAccount('Any');
        expect(await fresh.isEmpty()).toBe(false);
      });
    });

    describe('importCustomers', () => {
      const people = (names: string[]) => names.map((each) => ({ id: idOf(each), name: each }));

      it('counts what was added, renamed and left as it was', async () => {
        await store.importCustomers(account, batches(people(['a', 'b', 'c'])));
        const next = [...people(['a', 'd']), { id: idOf('b'), name: 'B' }];

        const dry = await store.importCustomers(account, batches(next), { dryRun: true });
        const count = await store.importCustomers(account, batches(next, 1));

        expect(dry).toEqual({ added: 1, renamed: 1, unchanged: 1 });
        expect(count).toEqual(dry);
      });

      it('changes nothing in a dry run', async () => {
        await store.importCustomers(account, batches(people(['a'])), { dryRun: true });

        const outcome = await store.createOrganization(request(people(['a'])));

        expect(outcome.kind).toBe('unknownCustomers');
      });

      it('changes nothing when the source fails in the middle, and works the next time', async () => {
        async function* broken() {
          yield people(['a']);
          yield people(['b']);
          throw new Error('The file ends here.');
        }

        await expect(store.importCustomers(account, broken())).rejects.toThrow('The file ends here.');

        expect((await store.createOrganization(request(people(['a'])))).kind).toBe('unknownCustomers');
        expect(await store.importCustomers(account, batches(people(['a'])))).toMatchObject({ added: 1 });
      });

      it('changes nothing when it is called off', async () => {
        const abort = new AbortController();
        async function* source() {
          yield people(['a']);
          abort.abort(new Error('Called off.'));
          yield people(['b']);
        }

        await expect(store.importCustomers(account, source(), { signal: abort.signal })).rejects.toThrow('Called off.');

        expect((await store.createOrganization(request(people(['a'])))).kind).toBe('unknownCustomers');
      });

      it('holds up no create while it reads its source', async () => {
        const customers = await addCustomers(2);
        let created: CreateOutcome | undefined;
        const asked = request(customers);
        async function* source() {
          yield customers.map(({ id }) => ({ id, name: 'New' }));
          created = await store.createOrganization(asked);
          yield people(['z']);
        }

        await store.importCustomers(account, source());

        expect(created).toEqual({
          kind: 'created',
          organization: { id: asked.id, owner: customers[0], members: [customers[1]] },
        });
      });

      it('takes nothing at all', async () => {
        expect(await store.importCustomers(account, batches([]))).toEqual({ added: 0, renamed: 0, unchanged: 0 });
      });
    });

    describe('listOrganizations', () => {
      it('gives what was created, in order, and since a time, but of no other account', async () => {
        const other = await store.addAccount('Other');
        const customers = await addCustomers(4);
        const made: StoredOrganization[] = [];
        for (let index = 0; index < 1100; index++) {
          if (index === 1000) now += 60_000;
          const asked = request(customers.slice(0, 1 + (index % 4)), { id: orderedId(index) });
          const outcome = await store.createOrganization(asked);
          if (outcome.kind === 'created') made.push({ ...outcome.organization, createdAt: new Date(now) });
        }

        expect(made).toHaveLength(1100);
        expect(await list()).toEqual(made);
        expect(await list(store, account, new Date(now))).toEqual(made.slice(1000));
        expect(await list(store, other)).toEqual([]);
      });
    });

    describe('check', () => {
      it('resolves when all is well', async () => {
        await expect(store.check()).resolves.toBeUndefined();
      });
    });

    describe('two at once on the same data', () => {
      it('see what the other stored', async () => {
        const customers = await addCustomers(2);
        const second = await reopen();
        const idempotency = { key: 'k', fingerprint: HASH };

        const first = await store.createOrganization(request(customers, { idempotency }));
        const again = await second.createOrganization(request(customers, { idempotency }));

        expect(again).toEqual({ ...first, kind: 'replayed' });
        expect(await list(second)).toHaveLength(1);
      });

      it('give one organization to 50 equal requests spread over both', async () => {
        const customers = await addCustomers(2);
        const stores = [store, await reopen()] as const;
        const idempotency = { key: 'k', fingerprint: HASH };

        const outcomes = await Promise.all(
          Array.from({ length: 50 }, (_, index) =>
            stores[index % 2 === 0 ? 0 : 1].createOrganization(request(customers, { idempotency })),
          ),
        );

        expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(1);
        expect(outcomes.filter(({ kind }) => kind === 'replayed')).toHaveLength(49);
      });
    });
  });
}

async function* batches(customers: Customer[], size = 1000): AsyncIterable<Customer[]> {
  for (let start = 0; start < customers.length; start += size) yield customers.slice(start, start + size);
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of source) all.push(each);
  return all;
}

function namesIn(outcome: CreateOutcome): string[] | undefined {
  if (!('organization' in outcome)) return undefined;
  return [outcome.organization.owner, ...outcome.organization.members].map(({ name }) => name);
}

/** A UUID that stands for a short name. */
function idOf(name: string): string {
  return `00000000-0000-4000-8000-${Buffer.from(name).toString('hex').padStart(12, '0')}`;
}

/** A UUID of version 7 that comes after those of lower numbers. */
function orderedId(index: number): string {
  return `01900000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;
}
