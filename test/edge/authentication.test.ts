// Authentication by API key: the same work and message for all rejected clients, and the version that a key is pinned
// to.
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { authenticateBy } from '../../server/auth/authenticate.ts';
import { openSqliteStore } from '../../server/store/sqlite/store.ts';
import { organizationWith } from '../support/contract/organization.ts';
import { databasePath, serveDatabase } from '../support/fixtures.ts';
import { exchange, send } from '../support/http/http.ts';
import { command, createKey } from '../support/process/command.ts';
import { startEdge } from '../support/targets.ts';

/** Counts the calls until the end of the test. */
function spyOnCrypto() {
  const spies = { hash: vi.spyOn(crypto, 'hash'), timingSafeEqual: vi.spyOn(crypto, 'timingSafeEqual') };
  syncBuiltinESMExports();
  onTestFinished(() => {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  });
  return spies;
}

const serve = async (path: string) => (await serveDatabase({ path })).url;

const BODY = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

describe('authentication', () => {
  it('does the same work for a right secret, a wrong one, and an unknown client', async () => {
    const path = await databasePath();
    const { clientId, clientSecret: secret } = await createKey(path, 'Acme');
    const store = openSqliteStore({ path });
    onTestFinished(() => store.close());
    const authenticate = authenticateBy(store);
    const { hash, timingSafeEqual } = spyOnCrypto();
    const work = async (given: { clientId: string; secret: string }) => {
      vi.clearAllMocks();
      const principal = await authenticate(given, { ip: '' });
      return {
        admitted: principal !== undefined,
        hashes: hash.mock.calls.length,
        compared: timingSafeEqual.mock.calls.map(([a, b]) => [a.byteLength, b.byteLength]),
      };
    };

    const right = await work({ clientId, secret });
    const wrong = await work({ clientId, secret: 'wrong' });
    const unknown = await work({ clientId: 'co_nobody', secret: 'wrong' });
    const empty = await work({ clientId: '', secret: '' });

    // The client uses the secret, and the previous one, which stays valid for a while.
    const compared = [
      [32, 32],
      [32, 32],
    ];
    expect(right).toEqual({ admitted: true, hashes: 1, compared });
    for (const rejected of [wrong, unknown, empty]) expect(rejected).toEqual({ ...right, admitted: false });
  });

  it('returns the same 401 for a wrong secret, an unknown client and a revoked key', async () => {
    const path = await databasePath();
    const url = await serve(path);
    const revoked = await createKey(path, 'Acme');
    await command(path, 'keys', 'revoke', revoked.clientId);
    const kept = await createKey(path, 'Acme');
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    const values = [
      revoked.authorization,
      basic(`${kept.clientId}:wrong`),
      basic('co_nobody:x'),
      basic(`${kept.clientId}:`),
    ];

    const responses = await Promise.all(
      values.map((authorization) => send(url, { headers: { authorization }, body: BODY })),
    );

    expect(responses.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    expect(new Set(responses.map(({ text }) => text))).toHaveProperty('size', 1);
    expect(responses[0]?.headers['www-authenticate']).toBe('Basic realm="customer-organizations", charset="UTF-8"');
  });
});

describe('a pinned key', () => {
  async function startPinned(version: string) {
    const seen: string[] = [];
    const target = await startEdge(
      {
        createCustomerOrganization: async (_request, context) => {
          seen.push(context.version);
          return { status: 201, body: organizationWith() };
        },
      },
      { authenticate: ({ clientId }) => ({ account: 'account', clientId, version }) },
    );
    onTestFinished(() => target.close());
    return { url: target.url, seen };
  }
  const headers = { authorization: 'Basic a2V5OnNlY3JldA==', 'content-type': 'application/json' };

  it('selects its version without the header', async () => {
    const { url, seen } = await startPinned('2024-07-30');

    const response = await exchange(url, { headers, body: BODY });

    expect(response.status).toBe(201);
    expect(response.headers['sequence-version']).toBe('2024-07-30');
    expect(seen).toEqual(['2024-07-30']);
  });

  it('is rejected without the header when its version is not served', async () => {
    const { url, seen } = await startPinned('2020-01-01');

    const response = await exchange(url, { headers, body: BODY });

    expect(response.status).toBe(400);
    expect(response.text).toContain('"UnrecognisedApiVersion"');
    expect(seen).toEqual([]);
  });

  it('yields to the version in the header', async () => {
    const { url, seen } = await startPinned('2020-01-01');

    const response = await exchange(url, { headers: { ...headers, 'sequence-version': '2024-07-30' }, body: BODY });

    expect(response.status).toBe(201);
    expect(response.headers['sequence-version']).toBe('2024-07-30');
    expect(seen).toEqual(['2024-07-30']);
  });

  it('is stored with the newest version, which its requests get', async () => {
    const path = await databasePath();
    const { clientId, clientSecret, pinnedVersion } = await createKey(path, 'Acme', '--pin-version');
    const store = openSqliteStore({ path });
    onTestFinished(() => store.close());

    const principal = await authenticateBy(store)({ clientId, secret: clientSecret }, { ip: '' });

    expect(pinnedVersion).toBe('2024-07-30');
    expect(principal).toEqual({ account: expect.any(String), clientId, version: '2024-07-30' });
  });
});
