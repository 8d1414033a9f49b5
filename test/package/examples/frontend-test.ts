import { createClient } from 'customer-organizations-contract';
import { type Mock, startMock } from 'customer-organizations-contract/mock';
import { afterAll, beforeAll, expect, test } from 'vitest';

let mock: Mock;
beforeAll(async () => {
  mock = await startMock({ port: 0 });
});
afterAll(() => mock.close());

test('shows who owns the organization', async () => {
  const client = createClient({ baseUrl: mock.url, clientId: 'any', clientSecret: 'thing' });
  const ownerId = '50af5191-05a3-42a5-802a-6b59091157af';
  const { data } = await client.POST('/customer-organizations', { body: { ownerId, memberIds: [] } });
  expect(data?.owner).toEqual({ id: ownerId, name: 'FinTech Solutions Inc.' });
});
