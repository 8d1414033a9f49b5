// The mock: its own responses, and the responses of Prism to requests with a preference.
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Scenario } from '../../mock/core/scenarios.ts';
import { responseExamplesOf, scenarios, undeclaredMethod } from '../support/contract/operation.ts';
import { PATH, send, type TestRequest, type TestResponse } from '../support/http/http.ts';
import { startMockTarget, type Target } from '../support/targets.ts';

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const MEMBER = 'e309e948-088e-4d77-b654-cd85498f1555';
const RESERVED = '11111111-1111-4111-8111-111111111111';
const OTHER_RESERVED = '22222222-2222-4222-8222-222222222222';
const UNKNOWN = '7c1de1c0-55f4-4f0a-9a52-1f2e3d4c5b6a';
const VALID = { ownerId: OWNER, memberIds: [MEMBER] };

interface Customer {
  id: string;
  name: string;
}
interface Organization {
  id: string;
  owner: Customer;
  members: Customer[];
}

let target: Target;
beforeAll(async () => {
  target = await startMockTarget();
});
afterAll(() => target.close());

const sendTo = (sent: TestRequest) => send(target.url, sent);
const sendPreferring = (prefer: string, sent: TestRequest = {}) =>
  sendTo({ body: VALID, ...sent, headers: { prefer, ...sent.headers } });
const organizationIn = ({ body }: TestResponse) => body as Organization; // `send` validates it.
const errorIn = ({ body }: TestResponse) =>
  (body as { error: { type: string; message: string; details?: { in: string; pointer: string; message: string }[] } })
    .error;

const bodyOf = ({ status, example = '' }: Pick<Scenario, 'status' | 'example'>): unknown =>
  responseExamplesOf(status)[example]?.value;

describe('the mock, without a preference', () => {
  it("returns the request's IDs with the sample names, and omits the owner from the members", async () => {
    const response = await sendTo({ body: { ownerId: OWNER, memberIds: [MEMBER, OWNER, MEMBER] } });

    expect(response.status).toBe(201);
    expect(organizationIn(response)).toMatchObject({
      owner: { id: OWNER, name: 'FinTech Solutions Inc.' },
      members: [{ id: MEMBER, name: 'Fintech Payment Processing' }],
    });
    expect(response.headers).not.toHaveProperty('idempotency-replayed');
  });

  it('generates a stable name for an unknown customer', async () => {
    const [first, second] = [
      await sendTo({ body: { ownerId: UNKNOWN, memberIds: [] } }),
      await sendTo({ body: { ownerId: OWNER, memberIds: [UNKNOWN.toUpperCase()] } }),
    ];

    expect(organizationIn(first).owner.name).toMatch(/^\w+ \w+ \S+/);
    expect(organizationIn(second).members).toEqual([organizationIn(first).owner]);
  });

  it('gives each create without an Idempotency-Key its own ID, the same on every fresh mock', async () => {
    const idsOf = async (mock: Target) => {
      const bodies = [VALID, VALID, { ...VALID, memberIds: [] }];
      const ids = [];
      for (const body of bodies) ids.push(organizationIn(await send(mock.url, { body })).id);
      return ids;
    };
    const [first, second] = [await startMockTarget(), await startMockTarget()];
    onTestFinished(async () => void (await Promise.all([first.close(), second.close()])));

    const ids = await idsOf(first);

    expect(new Set(ids).size).toBe(3);
    expect([...ids].sort()).toEqual(ids);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(await idsOf(second)).toEqual(ids);
  });

  it.each([
    [
      'UnknownCustomers at the pointers of the request',
      [RESERVED, OWNER, OTHER_RESERVED],
      ['/memberIds/0', '/memberIds/2'],
    ],
    ['each ID once', [RESERVED, RESERVED.toUpperCase()], ['/memberIds/0']],
  ])('returns %s for the IDs of that example', async (_, memberIds, pointers) => {
    const response = await sendTo({ body: { ownerId: OWNER, memberIds } });

    expect(errorIn(response).type).toBe('UnknownCustomers');
    expect(errorIn(response).details?.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it.each([['dynamic=false'], ['respond-async, wait=10'], ['return=minimal'], ['RETURN = "minimal";x'], [''], [', ,']])(
    'ignores Prefer: %s',
    async (prefer) => {
      const response = await sendPreferring(prefer);

      expect(organizationIn(response).owner.id).toBe(OWNER);
    },
  );

  it.each([
    ['keep-alive', 'of fetch in Node', {}],
    ['close', 'of a page', { origin: 'https://a.example' }],
    ['close', 'of a browser', { 'sec-fetch-site': 'none' }],
  ])('says %s in its response to a request %s', async (connection, _, headers) => {
    const response = await fetch(`${target.url}${PATH}`, { headers });

    expect([response.status, response.headers.get('connection')]).toEqual([405, connection]);
    await response.arrayBuffer();
  });

  it('accepts any well-formed Basic credentials', async () => {
    const authorization = `Basic ${Buffer.from('any:body').toString('base64')}`;

    expect((await sendTo({ body: VALID, headers: { authorization } })).status).toBe(201);
    expect((await sendTo({ body: VALID, headers: { authorization: 'Bearer x' } })).status).toBe(401);
  });

  it('detects a repeated Idempotency-Key per client', async () => {
    const sendKey = (client: string, body: unknown) =>
      sendTo({ body, headers: { 'idempotency-key': 'k', authorization: `Basic ${btoa(`${client}:x`)}` } });

    const responses = [
      await sendKey('a', VALID),
      await sendKey('a', VALID),
      await sendKey('b', { ...VALID, memberIds: [] }),
    ];
    const reused = await sendKey('a', { ...VALID, memberIds: [] });

    expect(responses.map(({ headers }) => headers['idempotency-replayed'])).toEqual([undefined, 'true', undefined]);
    expect(responses[1]?.body).toEqual(responses[0]?.body);
    expect(errorIn(reused).type).toBe('IdempotencyKeyReused');
  });
});

describe('the mock, with a preference', () => {
  it.each(scenarios)('returns $status with the example $example, by header and by query', async (scenario) => {
    const { status, example } = scenario;

    const responses = [
      await sendPreferring(`code=${status}, example=${example}`),
      await sendPreferring(`example="${example}"`),
      await sendTo({ path: `${PATH}?__code=${status}&__example=${example}`, body: VALID }),
      await sendTo({ path: `${PATH}?__example=${example}`, body: VALID }),
    ];

    for (const response of responses) {
      expect(response.status).toBe(status);
      expect(response.body).toEqual(bodyOf(scenario));
    }
  });

  it.each([...new Set(scenarios.map(({ status }) => status))])('returns %i by code alone', async (status) => {
    const response = await sendPreferring(`code=${status}`);

    expect(response.status).toBe(status);
    expect(response.body).toEqual(bodyOf(scenarios.find((each) => each.status === status) ?? { status }));
  });

  it('uses the first of two that contradict each other, by header and by query', async () => {
    const responses = [
      await sendPreferring('code=429, code=500'),
      await sendPreferring('example=RateLimited, example=InternalError'),
      await sendTo({ path: `${PATH}?__code=429&__code=500`, body: VALID }),
      await sendTo({ path: `${PATH}?__example=RateLimited&__example=InternalError&__example=x`, body: VALID }),
    ];

    expect(responses.map(({ status }) => status)).toEqual([429, 429, 429, 429]);
  });

  it('rejects an empty seed', async () => {
    const responses = [
      await sendPreferring('dynamic=true, seed='),
      await sendPreferring('seed'),
      await sendTo({ path: `${PATH}?__dynamic=true&__seed=`, body: VALID }),
    ];

    for (const response of responses) {
      expect(response.status).toBe(400);
      expect(errorIn(response).message).toContain('The preference seed must not be empty.');
    }
  });

  it('sends the declared headers', async () => {
    expect((await sendPreferring('code=429')).headers['retry-after']).toBe('2');
    expect((await sendPreferring('code=503')).headers['retry-after']).toBe('2');
    expect((await sendPreferring('code=401')).headers['www-authenticate']).toBe(
      'Basic realm="customer-organizations", charset="UTF-8"',
    );
    expect((await sendPreferring('code=201')).headers).not.toHaveProperty('idempotency-replayed');
  });

  it.each([...new Set(scenarios.map(({ status }) => status))])('generates bodies for %i', async (status) => {
    const responses = await Promise.all(
      Array.from({ length: 8 }, () => sendPreferring(`dynamic=true, code=${status}`)),
    );

    expect(new Set(responses.map((response) => response.status))).toEqual(new Set([status]));
    // Two responses may be equal, because the vocabulary is small.
    expect(new Set(responses.map(({ text }) => text)).size).toBeGreaterThan(1);
  });

  it('generates the same body for the same seed, and another without it', async () => {
    const [first, second, third] = [
      await sendPreferring('dynamic=true, seed=a'),
      await sendPreferring('dynamic=true, seed=a'),
      await sendPreferring('dynamic=true'),
    ];

    expect(first.status).toBe(201);
    expect(second.text).toBe(first.text);
    expect(third.text).not.toBe(first.text);
  });

  it('generates a body for __dynamic in the query', async () => {
    const response = await sendTo({ path: `${PATH}?__dynamic=true`, body: VALID });

    expect(response.status).toBe(201);
    expect(organizationIn(response).owner.id).not.toBe(OWNER);
  });

  it.each([
    ['code=418', 'header', '/Prefer'],
    ['code=999, example=asPublished', 'header', '/Prefer'],
    ['code=abc', 'header', '/Prefer'],
    ['code', 'header', '/Prefer'],
    ['code=404', 'header', '/Prefer'],
    ['example=unknown', 'header', '/Prefer'],
    ['example', 'header', '/Prefer'],
    ['code=400, example=asPublished', 'header', '/Prefer'],
    ['dynamic=maybe', 'header', '/Prefer'],
    ['cod=503', 'header', '/Prefer'],
    ['code=503, exmaple=Unavailable', 'header', '/Prefer'],
    ['wait=10, x', 'header', '/Prefer'],
    ['code=503; x, "=1"=2, a="b, c"', 'header', '/Prefer'],
    ['__code=418', 'query', '/__code'],
    ['__code=', 'query', '/__code'],
    ['__example=unknown', 'query', '/__example'],
    ['__dynamic=1', 'query', '/__dynamic'],
  ])('rejects %s, and lists all scenarios', async (text, location, pointer) => {
    const response =
      location === 'query' ? await sendTo({ path: `${PATH}?${text}`, body: VALID }) : await sendPreferring(text);

    expect(response.status).toBe(400);
    expect(errorIn(response).type).toBe('InvalidRequest');
    expect(errorIn(response).details).toMatchObject([{ in: location, pointer }]);
    for (const { status, example } of scenarios) {
      expect(errorIn(response).message).toContain(String(status));
      expect(errorIn(response).message).toContain(String(example));
    }
  });

  it.each([
    ['a body that breaks the contract', { body: {} }, 'InvalidRequest'],
    ['malformed JSON', { body: '{' }, 'MalformedJson'],
    ['an unknown version', { headers: { 'sequence-version': 'x' } }, 'UnrecognisedApiVersion'],
    ['no credentials', { headers: { authorization: [] } }, 'Unauthorized'],
    ['another media type', { headers: { 'content-type': 'text/plain' } }, 'UnsupportedMediaType'],
    ['an unknown query parameter', { path: `${PATH}?__code=201&x=1` }, 'InvalidRequest'],
    ['another method', { method: undeclaredMethod }, 'MethodNotAllowed'],
    ['another path', { path: '/api/x' }, 'NotFound'],
  ] satisfies [string, TestRequest, string][])(
    'rejects %s with its own error, whatever the preference',
    async (_, sent, type) => {
      for (const prefer of ['code=201', 'example=RateLimited', 'code=418', 'dynamic=true'])
        expect(errorIn(await sendPreferring(prefer, sent)).type).toBe(type);
    },
  );

  it('rejects query parameters other than its own', async () => {
    const response = await sendTo({ path: `${PATH}?a=1&__code=429&b=%2F&__coda=1`, body: VALID });

    expect(
      errorIn(response)
        .details?.map(({ pointer }) => pointer)
        .sort(),
    ).toEqual(['/__coda', '/a', '/b']);
  });
});
