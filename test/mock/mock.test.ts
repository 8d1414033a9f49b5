// The mock: what it answers by itself, and what Prism answers when a request wishes for it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scenario } from '../../mock/scenarios.ts';
import { type Answered, PATH, type Sent, send } from '../support/http.ts';
import { answerExamplesOf, scenarios, undeclaredMethod } from '../support/operation.ts';
import { startMockTarget, type Target } from '../support/targets.ts';

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const MEMBER = 'e309e948-088e-4d77-b654-cd85498f1555';
const STRANGER = '7c1de1c0-55f4-4f0a-9a52-1f2e3d4c5b6a';
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

const ask = (sent: Sent) => send(target.url, sent);
const wish = (prefer: string, sent: Sent = {}) => ask({ body: VALID, ...sent, headers: { prefer, ...sent.headers } });
const organizationIn = ({ body }: Answered) => body as Organization; // Held against the contract by `send`.
const errorIn = ({ body }: Answered) =>
  (body as { error: { type: string; message: string; details?: { in: string; pointer: string; message: string }[] } })
    .error;

const bodyOf = ({ status, example = '' }: Scenario): unknown => answerExamplesOf(status)[example]?.value;

describe('without a wish, the mock', () => {
  it("answers with the request's own IDs and the sample names, and leaves the owner out of the members", async () => {
    const answer = await ask({ body: { ownerId: OWNER, memberIds: [MEMBER, OWNER, MEMBER] } });

    expect(answer.status).toBe(201);
    expect(organizationIn(answer)).toMatchObject({
      owner: { id: OWNER, name: 'FinTech Solutions Inc.' },
      members: [{ id: MEMBER, name: 'Fintech Payment Processing' }],
    });
    expect(answer.headers).not.toHaveProperty('idempotency-replayed');
  });

  it('gives a customer that it does not know a name that stays', async () => {
    const [first, second] = [
      await ask({ body: { ownerId: STRANGER, memberIds: [] } }),
      await ask({ body: { ownerId: OWNER, memberIds: [STRANGER.toUpperCase()] } }),
    ];

    expect(organizationIn(first).owner.name).toMatch(/^\w+ \w+ \S+/);
    expect(organizationIn(second).members).toEqual([organizationIn(first).owner]);
  });

  it('gives the same ID to the same body, and another to any other', async () => {
    const bodies = [
      VALID,
      { memberIds: [MEMBER.toUpperCase()], ownerId: OWNER },
      { ...VALID, memberIds: [] },
      { ownerId: MEMBER, memberIds: [OWNER] },
    ];

    const ids = [];
    for (const body of bodies) ids.push(organizationIn(await ask({ body })).id);

    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(3);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });

  it.each([['dynamic=false'], ['respond-async, wait=10'], ['return=minimal']])('ignores Prefer: %s', async (prefer) => {
    const answer = await wish(prefer);

    expect(organizationIn(answer).owner.id).toBe(OWNER);
  });

  it('takes any well-formed credentials', async () => {
    const authorization = `Basic ${Buffer.from('any:body').toString('base64')}`;

    expect((await ask({ body: VALID, headers: { authorization } })).status).toBe(201);
    expect((await ask({ body: VALID, headers: { authorization: 'Bearer x' } })).status).toBe(401);
  });

  it('tells a repeated Idempotency-Key, for each client of its own', async () => {
    const again = (client: string, body: unknown) =>
      ask({ body, headers: { 'idempotency-key': 'k', authorization: `Basic ${btoa(`${client}:x`)}` } });

    const answers = [await again('a', VALID), await again('a', VALID), await again('b', { ...VALID, memberIds: [] })];
    const reused = await again('a', { ...VALID, memberIds: [] });

    expect(answers.map(({ headers }) => headers['idempotency-replayed'])).toEqual([undefined, 'true', undefined]);
    expect(answers[1]?.body).toEqual(answers[0]?.body);
    expect(errorIn(reused).type).toBe('IdempotencyKeyReused');
  });
});

describe('with a wish, the mock', () => {
  it.each(scenarios)('answers $status with the example $example, by header and by query', async (scenario) => {
    const { status, example } = scenario;

    const answers = [
      await wish(`code=${status}, example=${example}`),
      await wish(`example="${example}"`),
      await ask({ path: `${PATH}?__code=${status}&__example=${example}`, body: VALID }),
      await ask({ path: `${PATH}?__example=${example}`, body: VALID }),
    ];

    for (const answer of answers) {
      expect(answer.status).toBe(status);
      expect(answer.body).toEqual(bodyOf(scenario));
    }
  });

  it.each([...new Set(scenarios.map(({ status }) => status))])('answers %i by code alone', async (status) => {
    const answer = await wish(`code=${status}`);

    expect(answer.status).toBe(status);
    expect(answer.body).toEqual(bodyOf(scenarios.find((each) => each.status === status) ?? { status, summary: '' }));
  });

  it('sends the declared headers', async () => {
    expect((await wish('code=429')).headers['retry-after']).toBe('2');
    expect((await wish('code=503')).headers['retry-after']).toBe('2');
    expect((await wish('code=401')).headers['www-authenticate']).toBe(
      'Basic realm="customer-organizations", charset="UTF-8"',
    );
    expect((await wish('code=201')).headers).not.toHaveProperty('idempotency-replayed');
  });

  it.each([...new Set(scenarios.map(({ status }) => status))])('makes up bodies for %i', async (status) => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => wish(`dynamic=true, code=${status}`)));

    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([status]));
    // Two may well be alike: the words that they are made of are few.
    expect(new Set(answers.map(({ text }) => text)).size).toBeGreaterThan(1);
  });

  it('makes up the same body for the same seed, and forgets the seed', async () => {
    const [first, second, third] = [
      await wish('dynamic=true, seed=a'),
      await wish('dynamic=true, seed=a'),
      await wish('dynamic=true'),
    ];

    expect(first.status).toBe(201);
    expect(second.text).toBe(first.text);
    expect(third.text).not.toBe(first.text);
  });

  it('makes up a body for __dynamic in the query', async () => {
    const answer = await ask({ path: `${PATH}?__dynamic=true`, body: VALID });

    expect(answer.status).toBe(201);
    expect(organizationIn(answer).owner.id).not.toBe(OWNER);
  });

  it.each([
    ['code=418', 'header', '/Prefer'],
    ['code=999, example=asPublished', 'header', '/Prefer'],
    ['code=abc', 'header', '/Prefer'],
    ['code', 'header', '/Prefer'],
    ['code=404', 'header', '/Prefer'],
    ['example=nobody', 'header', '/Prefer'],
    ['example', 'header', '/Prefer'],
    ['code=400, example=asPublished', 'header', '/Prefer'],
    ['dynamic=maybe', 'header', '/Prefer'],
    ['__code=418', 'query', '/__code'],
    ['__code=', 'query', '/__code'],
    ['__example=nobody', 'query', '/__example'],
    ['__dynamic=1', 'query', '/__dynamic'],
  ])('refuses %s, and lists all there is', async (text, where, pointer) => {
    const answer = where === 'query' ? await ask({ path: `${PATH}?${text}`, body: VALID }) : await wish(text);

    expect(answer.status).toBe(400);
    expect(errorIn(answer).type).toBe('InvalidRequest');
    expect(errorIn(answer).details).toMatchObject([{ in: where, pointer }]);
    for (const { status, example } of scenarios) {
      expect(errorIn(answer).message).toContain(String(status));
      expect(errorIn(answer).message).toContain(String(example));
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
  ] satisfies [string, Sent, string][])('refuses %s for its own cause, whatever is wished', async (_, sent, type) => {
    for (const prefer of ['code=201', 'example=RateLimited', 'code=418', 'dynamic=true'])
      expect(errorIn(await wish(prefer, sent)).type).toBe(type);
  });

  it('takes nothing but its own parameters from the query', async () => {
    const answer = await ask({ path: `${PATH}?a=1&__code=429&b=%2F&__coda=1`, body: VALID });

    expect(
      errorIn(answer)
        .details?.map(({ pointer }) => pointer)
        .sort(),
    ).toEqual(['/__coda', '/a', '/b']);
  });
});
