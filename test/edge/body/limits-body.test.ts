// Bodies that are expensive to process: how server and mock reject them, and the size of the response.
import { beforeAll, describe, expect, it } from 'vitest';
import { ATTACK_BODIES } from '../../support/bodies/attack-bodies.ts';
import { type AttackBody, encodeAttack } from '../../support/bodies/body-parts.ts';
import { exchange, gzipBomb, send, type TestResponse } from '../../support/http/http.ts';
import { startMockTarget, startSqliteServer, type Target } from '../../support/targets.ts';
import { MIB } from '../../support/units.ts';

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';

interface Rejected {
  error: { type: string; message: string; details?: { pointer: string; message: string }[] };
}
const errorOf = (response: TestResponse) => (response.body as Rejected).error; // `send` has validated the response.

const targets: Partial<Record<'server' | 'mock', Target>> = {};
let url: string;
beforeAll(async () => {
  const [server, mock] = await Promise.all([startSqliteServer(), startMockTarget()]);
  Object.assign(targets, { server, mock });
  url = server.url;
  return async () => void (await Promise.all([server.close(), mock.close()]));
});

/** Number of violations in a body. */
function countViolations(body: unknown): number {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 1;
  const { ownerId, memberIds, ...unknown }: { ownerId?: unknown; memberIds?: unknown } = body;
  const isUuid = (value: unknown) =>
    typeof value === 'string' && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value);
  const inMembers = Array.isArray(memberIds)
    ? memberIds.filter((each) => !isUuid(each)).length + (memberIds.length > 10_000 ? 1 : 0)
    : 1;
  return Object.keys(unknown).length + (isUuid(ownerId) ? 0 : 1) + inMembers;
}

/**
 * 100 violations, each with a pointer of 1,000 characters of 3 bytes, and the same characters in the beginning of its
 * message.
 */
const LARGEST_RESPONSE = 100 * 3 * 1200;

/** The request, and the number of violations if its body is JSON. Counting takes longer than the server does. */
function prepare(attack: AttackBody) {
  const { plain, ...request } = encodeAttack(attack, MIB);
  if (attack.type !== 'InvalidRequest') return { request, total: undefined };
  return { request, total: plain.length === 0 ? 1 : countViolations(JSON.parse(String(plain))) };
}

describe.each(Object.entries(ATTACK_BODIES))('a body of 1 MiB that is full of %s', (_, attack) => {
  let prepared: ReturnType<typeof prepare>;
  beforeAll(() => {
    prepared = prepare(attack);
  });

  it.each(['server', 'mock'] as const)('is rejected with a bounded response by the %s', async (name) => {
    const response = await send(targets[name]?.url ?? '', prepared.request);

    expect({ status: response.status, type: errorOf(response).type }).toEqual({
      status: { PayloadTooLarge: 413, Unavailable: 503 }[String(attack.type)] ?? 400,
      type: attack.type,
    });
    expect(Buffer.byteLength(response.text)).toBeLessThan(LARGEST_RESPONSE);
    const { total } = prepared;
    if (total === undefined) return;
    const listed = attack.listed ?? Math.min(total, 100);
    const number = total === 1 ? 'one violation' : `${total.toLocaleString('en')} violations`;
    expect(errorOf(response).details).toHaveLength(listed);
    expect(errorOf(response).message).toBe(
      `The request has ${number}. ${listed < total ? `The first ${listed} are in` : 'See'} details.`,
    );
  });
});

describe('a body with many violations', () => {
  it('returns 400 with the first 100 violations and the total number', async () => {
    const response = await send(url, { body: `{"ownerId":1,"memberIds":[${'1,'.repeat(499_999)}1]}` });

    const { message, details = [] } = errorOf(response);
    expect(message).toBe('The request has 500,002 violations. The first 100 are in details.');
    expect(details.map(({ pointer }) => pointer)).toEqual([
      '/ownerId',
      '/memberIds',
      ...Array.from({ length: 98 }, (_, index) => `/memberIds/${index}`),
    ]);
    expect(details[1]?.message).toBe('Must have at most 10,000 items, but has 500,000.');
  });

  it('returns 400 with the violation of a declared property after any number of unknown ones', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`p${index}`, 1]));

    const response = await send(url, { body: { ...unknown, ownerId: OWNER, memberIds: [] } });

    const { message, details = [] } = errorOf(response);
    expect(message).toBe('The request has 50,000 violations. The first 100 are in details.');
    expect(details.map(({ pointer }) => pointer)).toEqual(Array.from({ length: 100 }, (_, index) => `/p${index}`));
  });

  it.each([100, 101])('returns 400 with up to 100 violations: %i', async (count) => {
    const response = await send(url, { body: { ownerId: OWNER, memberIds: Array(count).fill('x') } });

    const { message, details } = errorOf(response);
    const rest = count > 100 ? 'The first 100 are in details.' : 'See details.';
    expect(message).toBe(`The request has ${count} violations. ${rest}`);
    expect(details).toHaveLength(100);
  });

  it('returns every unknown customer', async () => {
    const memberIds = Array.from({ length: 10_000 }, (_, index) => OWNER.replace(/.{5}$/, String(10_000 + index)));

    const response = await send(url, { body: { ownerId: OWNER.replace(/.{5}$/, 'fffff'), memberIds } });

    expect(errorOf(response)).toMatchObject({
      type: 'UnknownCustomers',
      message: 'The account has no customer with 10,001 of the IDs; see details.',
    });
    const { details = [] } = errorOf(response);
    const pointers = ['/ownerId', ...memberIds.map((_, index) => `/memberIds/${index}`)];
    expect(details.map(({ pointer }) => pointer)).toEqual(pointers);
    expect(details.at(-1)).toEqual({
      in: 'body',
      pointer: '/memberIds/9999',
      message: `The account has no customer ${memberIds.at(-1)}.`,
    });
  });
});

describe('a body', () => {
  it('does not change a prototype', async () => {
    const response = await send(url, {
      body:
        `{"ownerId":"${OWNER}","memberIds":[],` +
        '"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    });

    expect(response.status).toBe(400);
    expect(errorOf(response).details?.map(({ pointer }) => pointer)).toEqual(['/__proto__', '/constructor']);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('is not decompressed beyond the limit', async () => {
    const bomb = gzipBomb(200);
    expect(bomb.length).toBeLessThan(MIB);
    const before = process.memoryUsage().rss;

    const response = await send(url, { headers: { 'content-encoding': 'gzip' }, body: bomb });

    expect(response.status).toBe(413);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * MIB);
  });

  it('returns 413 at the limit when it has no Content-Length', async () => {
    const response = await send(url, { body: Buffer.alloc(MIB + 1, ' '), chunked: true });

    expect(response.status).toBe(413);
  });

  it('returns 413 for its Content-Length before it is sent', async () => {
    const sent = exchange(url, {
      headers: {
        authorization: 'Basic a2V5OnNlY3JldA==',
        'content-type': 'application/json',
        'content-length': '1048577',
      },
    });

    expect((await sent).status).toBe(413);
  });
});
