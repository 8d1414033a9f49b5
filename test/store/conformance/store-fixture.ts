// The fixture of the conformance suite: a new store with one account, a clock, and functions to fill and read it.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach } from 'vitest';
import type { Customer, StoredOrganization } from '../../../server/store/records.ts';
import type { NewOrganization, Store } from '../../../server/store/store.ts';

export interface StoreFactory {
  /** Opens a new store. `now` returns milliseconds since 1970-01-01 UTC. */
  open(options: { now: () => number }): Promise<Store>;
  /** Opens the data of the last `open` again, beside the first store or after it was closed. */
  reopen(options: { now: () => number }): Promise<Store>;
}

export interface StoreFixture {
  store: Store;
  account: string;
  /** Milliseconds since 1970-01-01 UTC. */
  now: number;
  /** Opens another store on the same data. */
  reopen(): Promise<Store>;
  /** Closes the store, and opens it again. */
  restart(): Promise<void>;
  /** Opens another store on new data. */
  openFresh(): Promise<Store>;
  /** Adds customers and returns them. */
  addCustomers(count: number, to?: string): Promise<Customer[]>;
  /** Returns a create with the first customer as owner and the others as members. */
  request(customers: Customer[], more?: Partial<NewOrganization>): NewOrganization;
  list(from?: Store, of?: string, since?: Date): Promise<StoredOrganization[]>;
}

export const HASH = new Uint8Array(32).fill(7);

/** Creates a fixture for each test of the surrounding `describe`. */
export function createStoreFixture(factory: StoreFactory): StoreFixture {
  const others: Store[] = [];
  const options = { now: () => fixture.now };
  const keep = (store: Store) => {
    others.push(store);
    return store;
  };
  const fixture: StoreFixture = {
    // Set by `beforeEach`.
    store: undefined as unknown as Store,
    account: '',
    now: 0,
    reopen: async () => keep(await factory.reopen(options)),
    restart: async () => {
      await fixture.store.close();
      fixture.store = await factory.reopen(options);
    },
    openFresh: async () => keep(await factory.open(options)),
    addCustomers: async (count, to = fixture.account) => {
      const customers = Array.from({ length: count }, (_, index) => ({ id: randomUUID(), name: `Customer ${index}` }));
      await fixture.store.importCustomers(to, batches(customers));
      return customers;
    },
    request: (customers, more = {}) => {
      const [ownerId = '', ...memberIds] = customers.map(({ id }) => id);
      return { account: fixture.account, id: randomUUID(), ownerId, memberIds, ...more };
    },
    list: async (from = fixture.store, of = fixture.account, since = undefined) => {
      const all: StoredOrganization[] = [];
      for await (const each of from.listOrganizations(of, since)) all.push(each);
      return all;
    },
  };

  beforeEach(async () => {
    fixture.now = Date.parse('2026-05-01T12:00:00.123Z');
    fixture.store = await factory.open(options);
    fixture.account = await fixture.store.addAccount('First');
  });
  afterEach(async () => {
    for (const each of [fixture.store, ...others.splice(0)]) await each.close();
  });
  return fixture;
}

export async function* batches(customers: Customer[], size = 1000): AsyncIterable<Customer[]> {
  for (let start = 0; start < customers.length; start += size) yield customers.slice(start, start + size);
}
