// An account with three customers, and a function to create an organization with an idempotency key.
import { addAccount, databasePath, organizationIds, type SharedServer, serveDatabase } from './fixtures.ts';
import { send, type TestRequest } from './http/http.ts';

export const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
export const MEMBER = 'e309e948-088e-4d77-b654-cd85498f1555';
export const OTHER = 'e06f36e2-0a44-404d-bdbc-b66a292609b0';
export const CUSTOMERS = [OWNER, MEMBER, OTHER].map((id, index) => ({ id, name: `Customer ${index}` }));
export const BODY = { ownerId: OWNER, memberIds: [MEMBER] };

async function serveOwn(now: () => number) {
  const path = await databasePath();
  return { path, ...(await serveDatabase({ path, now })) };
}

/** Creates an account with three customers. With a clock, the account has its own server. */
export async function oneAccount(server: () => SharedServer, now?: () => number) {
  const { path, url, store } = now ? await serveOwn(now) : server();
  const { account, authorization } = await addAccount(store, CUSTOMERS);
  const ask = (key: string | undefined, body: unknown = BODY, more: TestRequest = {}) =>
    send(url, { ...more, headers: { authorization, ...(key && { 'idempotency-key': key }), ...more.headers }, body });
  return { path, url, store, account, authorization, ask, ids: () => organizationIds(store, account) };
}
