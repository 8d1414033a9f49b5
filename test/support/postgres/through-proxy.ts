// A PostgreSQL store whose connections a test can count, close and freeze.
import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { PostgresOptions } from '../../../server/store/postgres/options.ts';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import type { NewOrganization } from '../../../server/store/store.ts';
import type { TestPostgres } from './postgres.ts';
import { startPostgresProxy } from './postgres-proxy.ts';

export const OWNER = randomUUID();
export const MEMBER = randomUUID();

/** Opens a store through a proxy, with one account and two customers. Both are closed after the test. */
export async function openThroughProxy(postgres: TestPostgres, options: Partial<PostgresOptions> = {}) {
  const direct = options.url ?? (await postgres.createSchema());
  const proxy = await startPostgresProxy(direct);
  const store = await openPostgresStore({ ...options, url: proxy.url });
  onTestFinished(async () => {
    proxy.thaw();
    await store.close();
    await proxy.close();
  });
  const account = await store.addAccount('First');
  await store.importCustomers(account, people());
  const request = (key?: string): NewOrganization => ({
    account,
    id: randomUUID(),
    ownerId: OWNER,
    memberIds: [MEMBER],
    ...(key !== undefined && { idempotency: { key, fingerprint: new Uint8Array(32) } }),
  });
  return { direct, proxy, store, account, request };
}

async function* people() {
  yield [
    { id: OWNER, name: 'Owner' },
    { id: MEMBER, name: 'Member' },
  ];
}
