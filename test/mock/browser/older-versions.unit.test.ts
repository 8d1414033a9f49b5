// Requests of an older version on their way to the handlers of the mock in a browser.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { callConverted } from '../../../mock/browser/versions.ts';
import type { AnyRequest } from '../../../server/versions/version-change.ts';
import { OWNER, VALID } from './create-request.ts';

const ID = 'createCustomerOrganization';

/** The request that reaches the handler when a module upgrades a valid request in this way. */
async function call(upgradeRequest: (request: AnyRequest) => AnyRequest): Promise<AnyRequest | undefined> {
  const changes = [{ version: '2099-01-01', operations: { [ID]: { upgradeRequest } } }];
  const request = { path: {}, query: {}, headers: {}, body: VALID };
  let received: AnyRequest | undefined;
  await callConverted({ name: '2024-07-30', routes: [], validators: {}, changes }, ID, request, async (upgraded) => {
    received = upgraded;
    return { status: 201 };
  });
  return received;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('an upgraded request', () => {
  it('reaches the handler with values of their types, and without those that are undefined', async () => {
    const received = await call((request) => ({
      ...request,
      headers: { 'Idempotency-Key': 5, 'X-Other': undefined },
      query: {},
    }));

    expect(received).toEqual({ path: {}, query: {}, headers: { 'Idempotency-Key': '5' }, body: VALID });
  });

  it.each<[string, Partial<AnyRequest>, string]>([
    ['a body', { body: { ownerId: OWNER } }, '/memberIds'],
    ['no body', { body: undefined }, ''],
    ['a header', { headers: { 'Idempotency-Key': 'x'.repeat(256) } }, '/Idempotency-Key'],
    ['a query', { query: { limit: 5 } }, '/limit'],
  ])(
    'gets 500 when it has %s that the newest version does not allow, and the console says why',
    async (_, part, pointer) => {
      const log = vi.spyOn(console, 'error').mockImplementation(() => {});

      await expect(call((request) => ({ ...request, ...part }))).rejects.toMatchObject({ status: 500 });
      expect(String(log.mock.calls)).toContain(
        `2099-01-01.ts: ${ID} gets an upgraded request that is invalid: ${pointer} `,
      );
    },
  );
});
