// The typed client: its requests, and results for every kind of response of the server.
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Credentials } from '../../server/edge/credentials.ts';
import { organizationWith } from '../support/contract/organization.ts';
import { createClient } from '../support/contract/tested-version.ts';
import { startEdge, startSqliteServer } from '../support/targets.ts';
import { BODY, CREATED, CREDENTIALS, clientWith, errorResponse, json, PATH } from './scripted-client.ts';

describe('createClient, with the server', () => {
  it('creates an organization', async () => {
    const server = await startSqliteServer();
    onTestFinished(() => server.close());
    const client = createClient({ baseUrl: `${server.url}/api`, credentials: CREDENTIALS });

    const result = await client.POST(PATH, { body: BODY });

    expect(result).toMatchObject({
      response: { status: 201 },
      data: { owner: { name: 'FinTech Solutions Inc.' }, members: [{ name: 'Fintech Payment Processing' }] },
    });
    expect(result.error).toBeUndefined();
    expect(result.response.headers.get('Sequence-Version')).toBe('2024-07-30');
  });

  it('returns an error response without a retry', async () => {
    const server = await startSqliteServer();
    onTestFinished(() => server.close());
    const client = createClient({
      baseUrl: `${server.url}/api/`,
      credentials: { clientId: 'key', clientSecret: 'wrong' },
    });

    const result = await client.POST(PATH, { body: BODY });

    expect(result).toMatchObject({ response: { status: 401 }, error: { error: { type: 'Unauthorized' } } });
    expect(result.data).toBeUndefined();
  });

  it('sends credentials in UTF-8', async () => {
    const seen: Credentials[] = [];
    const edge = await startEdge(
      { createCustomerOrganization: async () => ({ status: 201, body: organizationWith() }) },
      {
        authenticate: (credentials) => {
          seen.push(credentials);
          return { account: 'a', clientId: credentials.clientId };
        },
      },
    );
    onTestFinished(() => edge.close());
    const client = createClient({
      baseUrl: `${edge.url}/api`,
      credentials: { clientId: 'Zoë', clientSecret: 'päss:wörd €💶' },
    });

    const { response } = await client.POST(PATH, { body: BODY });

    expect(response.status).toBe(201);
    expect(seen).toEqual([{ clientId: 'Zoë', secret: 'päss:wörd €💶' }]);
  });

  it('creates once when the response to the first attempt is lost', async () => {
    const server = await startSqliteServer();
    onTestFinished(() => server.close());
    let calls = 0;
    const client = createClient({
      baseUrl: `${server.url}/api`,
      credentials: CREDENTIALS,
      fetch: async (request) => {
        const response = await fetch(request);
        if (calls++ > 0) return response;
        await response.text();
        throw new TypeError('terminated');
      },
    });

    const { response } = await client.POST(PATH, { body: BODY });

    expect([response.status, calls]).toEqual([201, 2]);
    expect(response.headers.get('Idempotency-Replayed')).toBe('true');
  });
});

describe('the requests of the client', () => {
  it('send JSON to the path below the base URL, with credentials, version and idempotency key', async () => {
    const { client, requests } = clientWith([json(201, CREATED)], { baseUrl: 'https://api.test/api/' });

    await client.POST(PATH, { body: BODY, headers: { traceparent: '00-1' } });

    const [request] = requests;
    expect(request?.method).toBe('POST');
    expect(request?.url).toBe('https://api.test/api/customer-organizations');
    expect(await request?.json()).toEqual(BODY);
    expect(Object.fromEntries(request?.headers ?? [])).toEqual({
      authorization: 'Basic a2V5OnNlY3JldA==',
      'content-type': 'application/json',
      'sequence-version': '2024-07-30',
      'idempotency-key': expect.stringMatching(/^[0-9a-f-]{36}$/),
      traceparent: '00-1',
      'user-agent': 'customer-organizations-contract (2024-07-30)',
    });
  });

  it('omit cookies and browser credentials unless a call sets `credentials`', async () => {
    const { client, requests } = clientWith([json(201, CREATED), json(201, CREATED)]);

    await client.POST(PATH, { body: BODY });
    await client.POST(PATH, { body: BODY, credentials: 'include' });

    expect(requests.map(({ credentials }) => credentials)).toEqual(['omit', 'include']);
  });

  it('have a new idempotency key for each call', async () => {
    const { client, keys } = clientWith([json(201, CREATED), json(201, CREATED)]);

    await client.POST(PATH, { body: BODY });
    await client.POST(PATH, { body: BODY });

    expect(new Set(keys()).size).toBe(2);
  });

  it('have a valid idempotency key where crypto.randomUUID is missing, as on pages without TLS', async () => {
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
    onTestFinished(() => void vi.unstubAllGlobals());
    const { client, keys } = clientWith([json(201, CREATED)]);

    await client.POST(PATH, { body: BODY });

    expect(keys()[0]).toMatch(/^\d+(?:-\d+){3}$/);
  });

  it.each([
    [{ params: { header: { 'Idempotency-Key': 'mine' } } }],
    [{ headers: { 'idempotency-key': 'mine' } }],
    [{ headers: new Headers({ 'Idempotency-Key': 'mine' }) }],
    [{ headers: [['IDEMPOTENCY-KEY', 'mine']] as [string, string][] }],
    [{ headers: new Map([['Idempotency-Key', 'mine']]) as never }],
    [{ headers: new Map([['idempotency-key', 'mine']]).entries() as never }],
    [{ headers: { 'Idempotency-Key': 'mine', 'X-Other': undefined, 'X-Null': null } }],
    [{ headers: [['Idempotency-Key', undefined]] as never, params: { header: { 'Idempotency-Key': 'mine' } } }],
    [{ params: { header: [['Idempotency-Key', 'mine']] as never } }],
    [{ params: { header: new Headers({ 'Idempotency-Key': 'mine' }) as never } }],
    [{ params: { header: new Map([['Idempotency-Key', 'mine']]) as never } }],
  ])("have the caller's idempotency key: %o", async (init) => {
    const { client, keys } = clientWith([
      errorResponse(503, 'Unavailable', { 'Retry-After': '0' }),
      json(201, CREATED),
    ]);

    await client.POST(PATH, { body: BODY, ...init });

    expect(keys()).toEqual(['mine', 'mine']);
  });

  it.each([
    ['Idempotency-Key: mine'],
    [['Idempotency-Key', 'mine']],
    [[['Idempotency-Key']]],
    [[null]],
    [[['Idempotency-Key', undefined]]],
    [new Map([['idempotency-key', null]])],
    [{ 'Idempotency-Key': '' }],
    [{ 'Idempotency-Key': ['undefined'] }],
  ])('are not sent with headers that would change the idempotency key: %j', async (headers) => {
    const { client, requests } = clientWith([json(201, CREATED)]);

    await expect(client.POST(PATH, { body: BODY, headers: headers as never })).rejects.toThrow(TypeError);
    expect(requests).toEqual([]);
  });

  it.each([
    [
      'a colon in the client ID',
      { credentials: { ...CREDENTIALS, clientId: 'a:b' } },
      /`clientId` option must not contain a colon/,
    ],
    ['a line break in the secret', { credentials: { ...CREDENTIALS, clientSecret: 'secret\n' } }, /control characters/],
    [
      'an empty client ID',
      { credentials: { ...CREDENTIALS, clientId: '' } },
      /`clientId` and `clientSecret` options must be non-empty/,
    ],
    ['no base URL', { baseUrl: '' }, /`baseUrl` option is required/],
    ['unlimited retries', { retries: Number.POSITIVE_INFINITY }, /`retries` option must be an integer from 0 to 10/],
    [
      'a base URL with a query',
      { baseUrl: 'https://api.test/api?x=1' },
      /without credentials, query and fragment, but is "https/,
    ],
    ['a base URL with a fragment', { baseUrl: '/api#x' }, /without credentials, query and fragment/],
    ['a base URL with an empty query', { baseUrl: '/api?' }, /without credentials, query and fragment/],
    ['no time', { timeoutMs: 0 }, /`timeoutMs` option must be from 1 to/],
    ['a time that is not a number', { timeoutMs: Number.NaN }, /`timeoutMs` option must be/],
    ['a wait that is not a number', { maxRetryWaitMs: Number.NaN }, /`maxRetryWaitMs` option must be/],
  ])('are rejected at creation of the client with %s', (_, options, message) => {
    expect(() => clientWith([], options)).toThrow(message);
  });
});
