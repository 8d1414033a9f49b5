// What each test of the conformance suite works with: a fresh store with one account, a clock, and ways to fill and read it.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach } from 'vitest';
import type { Customer, NewOrganization, Store, StoredOrganization } from '../../../server/store/store.ts';

export interface StoreFactory {
  /** Opens a fresh store. `now` gives milliseconds since 1970-01-01 UTC. */
  open(options: { now: () => number }): Promise<Store>;
  /** Opens what `open` opened last, beside it or after it was closed. */
  reopen(options: { now: () => number }): Promise<Store>;
}

export interface Bench {
  store: Store;
  account: string;
  /** Milliseconds since 1970-01-01 UTC. */
  now: number;
  /** Another store on the same data. */
  reopen(): Promise<Store>;
  /** Closes the store, and opens it again. */
  restart(): Promise<void>;
  /** Another store on data of its own. */
  openFresh(): Promise<Store>;
  /** Adds so many customers and gives them. */
  addCustomers(count: number, to?: string): Promise<Customer[]>;
  /** A create by the first customer, with the others as members. */
  request(customers: Customer[], more?: Partial<NewOrganization>): NewOrganization;
  list(from?: Store, of?: string, since?: Date): Promise<StoredOrganization[]>;
}

export const HASH = new Uint8Array(32).fill(7);

/** Sets up a bench for each test of the surrounding `describe`. */
export function setUpBench(factory: StoreFactory): Bench {
  const others: Store[] = [];
  const options = { now: () => bench.now };
  const keep = (store: Store) => {
    others.push(store);
    return store;
  };
  const bench: Bench = {
    // Every test has its own from `beforeEach`.
    store: undefined as unknown as Store,
    account: '',
    now: 0,
    reopen: async () => keep(await factory.reopen(options)),
    restart: async () => {
      await bench.store.close();
      bench.store = await factory.reopen(options);
    },
    openFresh: async () => keep(await factory.open(options)),
    addCustomers: async (count, to = bench.account) => {
      const customers = Array.from({ length: count }, (_, index) => ({ id: randomUUID(), name: `Customer ${index}` }));
      await bench.store.importCustomers(to, batches(customers));
      return customers;
    },
    request: (customers, more = {}) => {
      const [ownerId = '', ...memberIds] = customers.map(({ id }) => id);
      return { account: bench.account, id: randomUUID(), ownerId, memberIds, ...more };
    },
    list: async (from = bench.store, of = bench.account, since = undefined) => {
      const all: StoredOrganization[] = [];
      for await (const each of from.listOrganizations(of, since)) all.push(each);
      return all;
    },
  };

  beforeEach(async () => {
    bench.now = Date.parse('2026-05-01T12:00:00.123Z');
    bench.store = await factory.open(options);
    bench.account = await bench.store.addAccount('First');
  });
  afterEach(async () => {
    for (const each of [bench.store, ...others.splice(0)]) await each.close();
  });
  return bench;
}

export async function* batches(customers: Customer[], size = 1000): AsyncIterable<Customer[]> {
  for (let start = 0; start < customers.length; start += size) yield customers.slice(start, start + size);
}
