// Conformance suite of stores: reading and deleting single organizations, customers and accounts.
import { randomUUID } from 'node:crypto';
import { setImmediate as nextTick } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { StoreUnavailableError } from '../../../server/store/store-errors.ts';
import { batches, HASH, type StoreFixture } from './store-fixture.ts';

const withKey = (key: string) => ({ idempotency: { key, fingerprint: new Uint8Array(32) } });

/** Adds these tests to the suite. The fixture is new for each test. */
export function describeErasure(fixture: StoreFixture): void {
  const listCustomers = async (account = fixture.account) => {
    const all: { id: string; name: string }[] = [];
    for await (const customer of fixture.store.listCustomers(account)) all.push(customer);
    return all;
  };

  it('leaves an event of each deletion and renaming, in its transaction', async () => {
    const { account, store } = fixture;
    const [owner, free] = await fixture.addCustomers(2);
    if (!owner || !free) throw new Error('There are no customers.');
    const request = fixture.request([owner]);
    await store.createOrganization(request);
    await store.deleteCustomer(account, owner.id);
    await store.deleteCustomer(account, free.id);
    await store.deleteOrganization(account, request.id);
    await store.deleteOrganization(account, request.id);
    await store.renameAccount(account, 'Second');
    await store.deleteAccount(account);
    await store.deleteAccount(account, { withData: true });

    const events: unknown[] = [];
    for await (const { type, subject } of store.listEvents(account)) events.push([type, subject]);
    expect(events.slice(-4)).toEqual([
      ['customer.deleted', free.id],
      ['organization.deleted', request.id],
      ['account.renamed', 'Second'],
      ['account.deleted', 'Second'],
    ]);
  });

  describe('an account that was deleted', () => {
    it('is neither deleted nor renamed again, and leaves no more events', async () => {
      const { store } = fixture;
      const account = await store.addAccount('Gone');

      const deletions = await Promise.all([store.deleteAccount(account), store.deleteAccount(account)]);
      expect(deletions.map(({ kind }) => kind).sort()).toEqual(['deleted', 'unknown']);
      expect(await store.renameAccount(account, 'New')).toBe('unknown');

      const types: string[] = [];
      for await (const { type } of store.listEvents(account)) types.push(type);
      expect(types).toEqual(['account.created', 'account.deleted']);
    });

    it('is not given keys or customers', async () => {
      const { store } = fixture;
      const account = await store.addAccount('Gone');
      await store.deleteAccount(account);
      const conflict = { name: 'StoreUnavailableError', kind: 'conflict' };

      const key = { account, clientId: 'late', secretHash: HASH, pinnedVersion: undefined };
      await expect(store.addApiKey(key)).rejects.toMatchObject(conflict);
      await expect(fixture.addCustomers(1, account)).rejects.toMatchObject(conflict);
    });
  });

  describe('accounts that are renamed at once', () => {
    it('do not get the same name', async () => {
      const { store } = fixture;
      const accounts = await Promise.all(['A', 'B', 'C'].map((name) => store.addAccount(name)));

      const outcomes = await Promise.all(accounts.map((account) => store.renameAccount(account, 'Same')));

      expect(outcomes.sort()).toEqual(['nameTaken', 'nameTaken', 'renamed']);
    });
  });

  describe('an organization', () => {
    it('is found in its account alone, as it was created', async () => {
      const [owner, member] = await fixture.addCustomers(2);
      if (!owner || !member) throw new Error('There are no customers.');
      const request = fixture.request([owner, member]);
      await fixture.store.createOrganization(request);
      const other = await fixture.store.addAccount('Other');

      expect(await fixture.store.findOrganization(fixture.account, request.id)).toEqual({
        id: request.id,
        owner,
        members: [member],
        createdAt: new Date(fixture.now),
      });
      expect(await fixture.store.findOrganization(other, request.id)).toBeUndefined();
      expect(await fixture.store.findOrganization(fixture.account, randomUUID())).toBeUndefined();
    });

    it('is deleted once, with the response of its idempotency key, and no other', async () => {
      const customers = await fixture.addCustomers(3);
      const [first, second] = [
        fixture.request(customers, withKey('first')),
        fixture.request(customers, withKey('second')),
      ];
      await fixture.store.createOrganization(first);
      await fixture.store.createOrganization(second);
      const other = await fixture.store.addAccount('Other');

      expect(await fixture.store.deleteOrganization(other, first.id)).toBe(false);
      expect(await fixture.store.deleteOrganization(fixture.account, first.id)).toBe(true);
      expect(await fixture.store.deleteOrganization(fixture.account, first.id)).toBe(false);

      expect((await fixture.list()).map(({ id }) => id)).toEqual([second.id]);
      const again = await fixture.store.createOrganization({ ...first, id: randomUUID() });
      expect(again.kind).toBe('created');
      expect((await fixture.store.createOrganization({ ...second, id: randomUUID() })).kind).toBe('replayed');
    });
  });

  describe('a customer', () => {
    it('is listed by ID, and found in its account alone', async () => {
      const customers = await fixture.addCustomers(3);
      const zero = { id: '00000000-0000-0000-0000-000000000000', name: 'Zero' };
      await fixture.store.importCustomers(fixture.account, batches([zero]));
      const other = await fixture.store.addAccount('Other');

      expect(await listCustomers()).toEqual([zero, ...customers.toSorted((a, b) => (a.id < b.id ? -1 : 1))]);
      expect(await listCustomers(other)).toEqual([]);
      expect(await fixture.store.findCustomer(fixture.account, zero.id)).toEqual(zero);
      expect(await fixture.store.findCustomer(other, zero.id)).toBeUndefined();
    });

    it('is not deleted while it owns an organization or is a member of one', async () => {
      const [owner, member, free] = await fixture.addCustomers(3);
      if (!owner || !member || !free) throw new Error('There are no customers.');
      const request = fixture.request([owner, member]);
      await fixture.store.createOrganization(request);
      const remove = ({ id }: { id: string }) => fixture.store.deleteCustomer(fixture.account, id);

      const inUse = { kind: 'inUse', count: 1, organizations: [request.id] };
      expect(await remove(owner)).toEqual(inUse);
      expect(await remove(member)).toEqual(inUse);
      expect(await remove(free)).toEqual({ kind: 'deleted' });
      expect(await remove(free)).toEqual({ kind: 'unknown' });
      expect((await listCustomers()).map(({ id }) => id).sort()).toEqual([owner.id, member.id].sort());

      await fixture.store.deleteOrganization(fixture.account, request.id);
      expect(await remove(member)).toEqual({ kind: 'deleted' });
      const outcome = await fixture.store.createOrganization(fixture.request([owner, member]));
      expect(outcome).toEqual({ kind: 'unknownCustomers', ids: [member.id] });
    });

    it('names the first ten organizations of many', async () => {
      const [owner] = await fixture.addCustomers(1);
      if (!owner) throw new Error('There are no customers.');
      for (let n = 0; n < 12; n++) await fixture.store.createOrganization(fixture.request([owner]));

      const outcome = await fixture.store.deleteCustomer(fixture.account, owner.id);

      const ids = (await fixture.list()).map(({ id }) => id).sort();
      expect(outcome).toEqual({ kind: 'inUse', count: 12, organizations: ids.slice(0, 10) });
    });

    it('is either in an organization or deleted after a deletion during creates', async () => {
      const [owner, member] = await fixture.addCustomers(2);
      if (!owner || !member) throw new Error('There are no customers.');

      const creating = Array.from({ length: 20 }, (_, n) =>
        fixture.store.createOrganization(fixture.request([owner, member], n % 2 === 0 ? withKey(`${n}`) : {})),
      );
      const deleted = await fixture.store.deleteCustomer(fixture.account, member.id);
      const kinds = new Set((await Promise.all(creating)).map(({ kind }) => kind));

      if (deleted.kind === 'deleted') expect([...kinds]).toEqual(['unknownCustomers']);
      else expect([...kinds]).toContain('created');
    });
  });

  describe('an account', () => {
    it('is renamed, unless another one has the name', async () => {
      const other = await fixture.store.addAccount('Other');

      expect(await fixture.store.renameAccount(other, 'First')).toBe('nameTaken');
      expect(await fixture.store.renameAccount(other, 'Third')).toBe('renamed');
      expect(await fixture.store.renameAccount(other, 'Third')).toBe('renamed');

      expect((await fixture.store.listAccounts()).map(({ name }) => name)).toEqual(['First', 'Third']);
      expect(await fixture.store.findAccount('Other')).toBeUndefined();
    });

    it('is deleted with its keys, and with its data only if that is asked for', async () => {
      const customers = await fixture.addCustomers(2);
      await fixture.store.createOrganization(fixture.request(customers, withKey('k')));
      const key = { account: fixture.account, clientId: 'client', secretHash: HASH, pinnedVersion: undefined };
      await fixture.store.addApiKey(key);
      const other = await fixture.store.addAccount('Other');
      await fixture.addCustomers(1, other);
      const contents = { customers: 2, organizations: 1, keys: 1 };

      expect(await fixture.store.countContents(fixture.account)).toEqual(contents);
      expect(await fixture.store.deleteAccount(fixture.account)).toEqual({ kind: 'notEmpty', contents });
      expect(await fixture.store.findApiKey('client')).toBeDefined();
      expect(await fixture.store.deleteAccount(fixture.account, { withData: true })).toEqual({
        kind: 'deleted',
        contents,
      });

      expect((await fixture.store.listAccounts()).map(({ name }) => name)).toEqual(['Other']);
      expect(await listCustomers()).toEqual([]);
      expect(await fixture.list()).toEqual([]);
      expect(await listCustomers(other)).toHaveLength(1);
      const reopened = await fixture.reopen();
      expect(await reopened.findApiKey('client')).toBeUndefined();
    });

    it('is deleted completely with its data during creates', async () => {
      const customers = await fixture.addCustomers(5);
      const outcomes = new Set<string>();
      const create = async (n: number) => {
        // The organizations have the same owner, and members in different orders.
        const members = customers.slice(1).sort(() => Math.random() - 0.5);
        const request = fixture.request(customers.slice(0, 1).concat(members), n % 2 ? withKey(randomUUID()) : {});
        return fixture.store.createOrganization(request).catch((error: unknown) => {
          if (error instanceof StoreUnavailableError && error.kind === 'conflict') return { kind: 'conflict' };
          throw error;
        });
      };
      let isDeleted = false;
      const creating = Array.from({ length: 16 }, async (_, n) => {
        while (!isDeleted) {
          outcomes.add((await create(n)).kind);
          await nextTick();
        }
      });
      await vi.waitUntil(() => outcomes.has('created'));

      // Another store stands for a command beside the server.
      const other = await fixture.reopen();
      const deletion = await other.deleteAccount(fixture.account, { withData: true }).finally(() => {
        isDeleted = true;
      });
      await Promise.all(creating);

      expect(deletion).toMatchObject({ kind: 'deleted', contents: { customers: 5, keys: 0 } });
      expect([...outcomes].filter((kind) => !['created', 'conflict', 'unknownCustomers'].includes(kind))).toEqual([]);
      expect(await fixture.list()).toEqual([]);
      expect(await listCustomers()).toEqual([]);
      expect(await fixture.store.listAccounts()).toEqual([]);
      expect((await create(1)).kind).toBe('unknownCustomers');
      await fixture.store.check();
    });

    it('is deleted when it has no customers', async () => {
      const other = await fixture.store.addAccount('Other');

      expect(await fixture.store.deleteAccount(other)).toMatchObject({ kind: 'deleted' });
      expect(await fixture.store.findAccount('Other')).toBeUndefined();
    });
  });
}
