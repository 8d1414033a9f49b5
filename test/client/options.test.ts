// Options of a client and of a call: base URLs, time limits, and invalid values.
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createFetch, createMiddleware } from '../../openapi/client/index.ts';
import { requestSchemas, responseSchemas } from '../../openapi/schemas/index.ts';
import { createClient, type TestedOptions } from '../support/contract/tested-version.ts';
import { BODY, CREATED, caught, clientWith, PATH, thrownBy } from './test-client.ts';

describe('a call with a base URL of its own', () => {
  it.each(['https://b.test/api?tenant=1', 'https://b.test/api#x', 'b.test', ''])('throws for %j', async (baseUrl) => {
    const { client, requests } = clientWith();

    await expect(client.POST(PATH, { body: BODY, baseUrl })).rejects.toThrow('The `baseUrl` option is required: a URL');
    expect(requests).toEqual([]);
  });

  it('sends the request there', async () => {
    const { client, requests } = clientWith();

    await client.POST(PATH, { body: BODY, baseUrl: 'https://b.test/v2/' });

    expect(requests.map(({ url }) => url)).toEqual([`https://b.test/v2${PATH}`]);
  });
});

describe('a base URL that is a path', () => {
  it('throws without a page, with what to do, when a call is made', async () => {
    const { client, requests } = clientWith({ baseUrl: '/api' });

    await expect(client.POST(PATH, { body: BODY })).rejects.toThrow(
      new TypeError(
        'The `baseUrl` option is required: a URL such as https://host/api, or in a web page a path such as /api, ' +
          'without credentials, query and fragment, but is "/api".',
      ),
    );
    expect(requests).toEqual([]);
  });

  it.each([
    ['a page', { document: { baseURI: 'https://app.test/orgs?x=1#y' } }, 'https://app.test'],
    // A frame without a URL has the base URL of its parent.
    [
      'a frame',
      { document: { baseURI: 'http://app.test:81/' }, location: { href: 'about:srcdoc' } },
      'http://app.test:81',
    ],
    ['a worker', { location: { href: 'https://app.test/worker.js' } }, 'https://app.test'],
  ])('gets the origin of %s', async (_, globals, origin) => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    onTestFinished(() => void vi.unstubAllGlobals());
    const { client, requests } = clientWith({ baseUrl: '/api' });

    await client.POST(PATH, { body: BODY });
    await client.POST(PATH, { body: BODY, baseUrl: '/' });
    await client.POST(PATH, { body: BODY, baseUrl: 'https://b.test/ä/' });

    expect(requests.map(({ url }) => url)).toEqual([
      `${origin}/api${PATH}`,
      `${origin}${PATH}`,
      `https://b.test/%C3%A4${PATH}`,
    ]);
  });

  it('gets the scheme of a page of an application', async () => {
    vi.stubGlobal('location', { href: 'capacitor://localhost/index.html' });
    onTestFinished(() => void vi.unstubAllGlobals());
    const { client, requests } = clientWith({ baseUrl: '/api' });

    await client.POST(PATH, { body: BODY });

    expect(requests[0]?.url).toBe(`capacitor://localhost/api${PATH}`);
  });

  it.each(['about:blank', 'data:text/html,x'])('throws in a page without an origin: %s', async (baseURI) => {
    vi.stubGlobal('document', { baseURI });
    onTestFinished(() => void vi.unstubAllGlobals());
    const { client, requests } = clientWith({ baseUrl: '/api' });

    await expect(client.POST(PATH, { body: BODY })).rejects.toThrow(/^The `baseUrl` option is required/);
    expect(requests).toEqual([]);
  });
});

describe('the option `timeoutMs`', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const never = () => new Promise<never>(() => {});

  it('ends an attempt after 30 seconds by default, and the request is sent again', async () => {
    let sent = 0;
    const { client, requests } = clientWith({ retries: 1 }, () =>
      sent++ === 0 ? never() : Promise.resolve(Response.json(CREATED, { status: 201 })),
    );

    const call = client.POST(PATH, { body: BODY });
    await vi.advanceTimersByTimeAsync(29_999);
    expect([sent, requests[0]?.signal.aborted]).toEqual([1, false]);
    await vi.advanceTimersByTimeAsync(1_000);

    expect(await call).toMatchObject({ data: CREATED });
    expect([sent, requests[0]?.signal.aborted]).toEqual([2, true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('covers the body of the response', async () => {
    const stalled = () => Promise.resolve(new Response(new ReadableStream({ pull: never }), { status: 201 }));
    const { client } = clientWith({ retries: 0, timeoutMs: 500 }, stalled);

    const call = caught(client.POST(PATH, { body: BODY }));
    await vi.advanceTimersByTimeAsync(500);

    expect(await call).toMatchObject({
      name: 'NetworkError',
      reason: 'timeout',
      attempts: 1,
      message: expect.stringContaining('No response within 500 ms.'),
    });
  });
});

describe('invalid options', () => {
  const base = 'https://api.test/api';
  const secret = 'hush';

  it.each<[unknown, RegExp]>([
    [undefined, /options must be an object, not undefined/],
    [base, /options must be an object, not "https/],
    [{}, /`baseUrl` option is required/],
    ...['', ' ', 'foo', 'localhost:3000/api', 'ftp://api.test', 'http://', 'https:///api', '//api.test/api', 'api'].map(
      (baseUrl): [unknown, RegExp] => [{ baseUrl }, /`baseUrl` option is required: a URL such as .*, but is "/],
    ),
    ...[`${base}//`, ` ${base}`, `${base} `, 'https://api.test\\api', 'https://a:99999/', 5, null].map(
      (baseUrl): [unknown, RegExp] => [{ baseUrl }, /`baseUrl` option is required/],
    ),
    [{ baseUrl: `https://user:${secret}@api.test/api` }, /without credentials, query and fragment\.$/],
    [{ baseUrl: base, timeout: 5 }, /no option "timeout"\. Known here: baseUrl, fetch, retries, .*, responseSchemas\./],
    [{ baseUrl: base, toString: 5 }, /no option "toString"/],
    [{ baseUrl: base, timeoutMs: '5' }, /`timeoutMs` option must be from 1 to 3,600,000, not "5"/],
    [{ baseUrl: base, timeoutMs: Number.POSITIVE_INFINITY }, /not Infinity/],
    [{ baseUrl: base, retries: 1.5 }, /`retries` option must be an integer/],
    [{ baseUrl: base, fetch: {} }, /`fetch` option must be a function, not an object/],
    [{ baseUrl: base, onAttempt: null }, /`onAttempt` option must be a function, not null/],
    [{ baseUrl: base, credentials: null }, /`credentials` option must be .* or a function, not null/],
    [{ baseUrl: base, credentials: `Bearer ${secret}` }, /`credentials` option must be .*, not that text/],
    [{ baseUrl: base, credentials: ['key', secret] }, /`credentials` option must be .*, not an array/],
    [
      { baseUrl: base, credentials: { clientId: 'key', secret } },
      /`clientId` and `clientSecret` options must be non-empty/,
    ],
    [{ baseUrl: base, credentials: { clientId: 5, clientSecret: secret } }, /must be non-empty strings/],
    [{ baseUrl: base, version: '2024-07-31' }, /`version` option must be one of .*2024-07-30, not "2024-07-31"/],
    [{ baseUrl: base, responseSchemas: requestSchemas }, /`responseSchemas` option must be Standard Schemas by/],
    [{ baseUrl: base, responseSchemas: { createCustomerOrganization: { 201: {} } } }, /`responseSchemas` option/],
    ...[
      {},
      { createCustomerOrganisation: { 201: responseSchemas.createCustomerOrganization[201] } },
      { ...responseSchemas, createOrganization: { 201: responseSchemas.createCustomerOrganization[201] } },
      { createCustomerOrganization: {} },
      { createCustomerOrganization: null },
      { createCustomerOrganization: { 200: responseSchemas.createCustomerOrganization[201] } },
      { createCustomerOrganization: responseSchemas.createCustomerOrganization[201] },
      { createCustomerOrganization: { 201: null } },
      { createCustomerOrganization: { 201: { '~standard': {} } } },
      { createCustomerOrganization: { 201: { '~standard': { validate: 5 } } } },
      { createCustomerOrganization: { 201: { '~standard': { validate: {} } } } },
      { createCustomerOrganization: { 201: { '~standard': null } } },
      // Only the bodies of successes are validated against schemas.
      { createCustomerOrganization: { 400: responseSchemas.createCustomerOrganization[400] } },
    ].map((schemas): [unknown, RegExp] => [
      { baseUrl: base, responseSchemas: schemas },
      /by success status, for .*\bcreateCustomerOrganization\b.*\.$/,
    ]),
    [{ baseUrl: base, responseSchemas: [] }, /`responseSchemas` option .* not an array/],
  ])('are rejected when the client is created: %j', (options, message) => {
    const error = thrownBy(() => createClient(options as TestedOptions)); // Not allowed by the type.

    expect(error).toBeInstanceOf(TypeError);
    expect(error).toHaveProperty('message', expect.stringMatching(message));
    expect(String(error)).not.toContain(secret);
  });

  it.each([
    base,
    `${base}/`,
    'http://[::1]:3000',
    'HTTPS://API.test',
    '/',
    '/api',
    '/api/v1/',
    new URL(base),
    'http://münchen.test/ä',
  ])('do not include the base URL %s', (baseUrl) => {
    expect(() => createClient({ baseUrl, version: undefined, credentials: undefined, fetch: undefined })).not.toThrow();
  });

  it('are rejected by createFetch and createMiddleware, too', () => {
    // @ts-expect-error It is called timeoutMs.
    expect(() => createFetch({ timeout: 5 })).toThrow('no option "timeout"');
    // @ts-expect-error It is an option of createFetch.
    expect(() => createMiddleware({ timeoutMs: 5 })).toThrow('no option "timeoutMs"');
  });

  it('do not include a base URL that is a URL object', async () => {
    const { client, requests } = clientWith({ baseUrl: new URL('https://api.test/api/') });

    await client.POST(PATH, { body: BODY });

    expect(requests[0]?.url).toBe(`https://api.test/api${PATH}`);
  });

  it('include an empty idempotency key of a call', async () => {
    const { client, requests } = clientWith();

    const call = client.POST(PATH, { body: BODY, params: { header: { 'Idempotency-Key': '' } } });

    await expect(call).rejects.toThrow(new TypeError('The `Idempotency-Key` must not be empty.'));
    expect(requests).toEqual([]);
  });
});
