// DATABASE_TIMEOUT_MS limits every call of the store when the network drops all packets.
import { performance } from 'node:perf_hooks';
import { afterAll, describe, expect, it } from 'vitest';
import type { Store } from '../../server/store/store.ts';
import { startPostgres } from '../support/postgres/postgres.ts';
import { openThroughProxy } from '../support/postgres/through-proxy.ts';

const postgres = await startPostgres();

afterAll(() => postgres.close());

describe('a call of the PostgreSQL store without a response', () => {
  it.each(['create', 'find a key', 'check'])('ends within twice its limit of 300 ms: %s', async (what) => {
    const { proxy, store, request } = await openThroughProxy(postgres, { timeoutMs: 300 });
    const calls: Record<string, (store: Store) => Promise<unknown>> = {
      create: (each) => each.createOrganization(request('k')),
      'find a key': (each) => each.findApiKey('client'),
      check: (each) => each.check(),
    };
    proxy.freeze();
    const began = performance.now();

    await Promise.allSettled(Array.from({ length: 30 }, () => calls[what]?.(store)));

    expect(performance.now() - began).toBeLessThan(600);
  });
});
