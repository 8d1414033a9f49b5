// The reference server, with the data of the rich subject.

import { hashSecret } from '../../../../server/auth/authenticate.ts';
import { seedDemo } from '../../../../server/demo/demo.ts';
import { openSqliteStore } from '../../../../server/store/sqlite/store.ts';
import { serveStore, type Target } from '../../../support/targets.ts';
import { CUSTOMERS, OTHER_USER, USER2 } from './rich-subject.ts';
import { SUBJECT } from './subject.ts';

export async function startReference(): Promise<Target> {
  const store = openSqliteStore({ path: ':memory:' });
  await seedDemo(store);
  const demo = await store.findApiKey(SUBJECT.clientId);
  if (!demo) throw new Error('The demo account has no key.');
  await store.importCustomers(demo.account, once(CUSTOMERS));
  const other = await store.addAccount('Other');
  for (const [account, { clientId, secret }] of [
    [demo.account, USER2],
    [other, OTHER_USER],
  ] as const)
    await store.addApiKey({ account, clientId, secretHash: hashSecret(secret), pinnedVersion: undefined });
  return serveStore(store);
}

async function* once<T>(value: T): AsyncIterable<T> {
  yield value;
}
