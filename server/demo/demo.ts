// The demo data of a new database: an account with an API key, and the customers of the contract's examples.
import { timingSafeEqual } from 'node:crypto';
import { examples } from '../../generated/examples.ts';
import { hashSecret } from '../auth/authenticate.ts';
import type { ApiKey, Customer } from '../store/records.ts';
import type { Store } from '../store/store.ts';

/** The vendor's example credentials. They are public, so a production database must not have them. */
export const DEMO_KEY = { clientId: 'key', secret: 'secret' };

/** The customers of the contract's examples. */
export const SAMPLE_CUSTOMERS: readonly Customer[] = [
  { id: '50af5191-05a3-42a5-802a-6b59091157af', name: 'FinTech Solutions Inc.' },
  { id: 'e309e948-088e-4d77-b654-cd85498f1555', name: 'Fintech Payment Processing' },
  { id: 'e06f36e2-0a44-404d-bdbc-b66a292609b0', name: 'FinTech Wealth Management' },
];

/** Adds the demo data to an empty store. Leaves any other store unchanged. */
export async function seedDemo(store: Store): Promise<void> {
  if (!(await store.isEmpty())) return;
  const account = await store.addAccount('Demo');
  await store.importCustomers(account, sampleBatch());
  const { clientId, secret } = DEMO_KEY;
  await store.addApiKey({ account, clientId, secretHash: hashSecret(secret), pinnedVersion: undefined });
}

async function* sampleBatch(): AsyncIterable<Customer[]> {
  yield [...SAMPLE_CUSTOMERS];
}

/** Returns whether the demo credentials are valid. */
export async function hasDemoKey(store: Store): Promise<boolean> {
  return (await findDemoKey(store)) !== undefined;
}

async function findDemoKey(store: Store): Promise<ApiKey | undefined> {
  const key = await store.findApiKey(DEMO_KEY.clientId);
  // The secret before the last rotation may still be valid.
  const valid = [key?.secretHash, key?.previousSecretHash];
  return valid.some((hash) => hash && timingSafeEqual(hash, hashSecret(DEMO_KEY.secret))) ? key : undefined;
}

/** The body of the request that `describeDemo` shows. */
export const EXAMPLE_BODY = examples.createCustomerOrganization.requests.asPublished.body;

/** The customer IDs in the example, found without property names, which may change in a new version. */
const EXAMPLE_IDS = JSON.stringify(EXAMPLE_BODY).match(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g) ?? [];

/** Returns whether the request of `describeDemo` succeeds: a developer's own database may lack the demo data. */
export async function acceptsDemo(store: Store): Promise<boolean> {
  const key = await findDemoKey(store);
  if (!key) return false;
  for (const id of EXAMPLE_IDS) if ((await store.findCustomer(key.account, id)) === undefined) return false;
  return true;
}
