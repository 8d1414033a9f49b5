// Bodies that are made to cost much: what they are answered, and that no other client waits for it.

import { beforeAll, describe, expect, it, vi } from 'vitest';
import { contract } from '../../generated/contract.ts';
import { createExplain } from '../../server/edge/explain.ts';
import { exchange, gzipBomb, send, type TestResponse } from '../support/http.ts';
import { entry, entryIn } from '../support/operation.ts';
import { startSqliteServer } from '../support/targets.ts';

const syntaxErrors = vi.hoisted(() => ({ found: 0 }));
vi.mock('jsonc-parser', async (original) => {
  const real = await original<typeof import('jsonc-parser')>();
  const visit: typeof real.visit = (text, visitor, options) => {
    const onError: typeof visitor.onError = (...error) => {
      syntaxErrors.found++;
      visitor.onError?.(...error);
    };
    real.visit(text, { ...visitor, onError }, options);
  };
  return { ...real, visit };
});

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const MIB = 1_048_576;

interface Refused {
  error: { type: string; message: string; details: { pointer: string; message: string }[] };
}
const errorOf = (answer: TestResponse) => (answer.body as Refused).error; // The judge has checked the shape.

let url: string;
beforeAll(async () => {
  const target = await startSqliteServer();
  url = target.url;
  return () => target.close();
});

/** The value, and how many of its items or properties were read so far. */
function counted<T extends object>(value: T): { value: T; reads(): number } {
  let reads = 0;
  const get: ProxyHandler<T>['get'] = (target, name) => {
    reads++;
    return Reflect.get(target, name);
  };
  return { value: new Proxy(value, { get }), reads: () => reads };
}

describe('a body that is full of faults', () => {
  const explainRequest = createExplain(contract, entry);
  const explain = (body: unknown) => explainRequest({ path: {}, query: {}, header: {}, body });
  const properties = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`p${n}`, 1]));

  const members = (item: unknown) => (count: number) => {
    const { value: memberIds, reads } = counted(Array<unknown>(count).fill(item));
    return { body: { ownerId: OWNER, memberIds }, reads };
  };
  it.each([
    ['items of a wrong type', members(1), 500_000],
    ['items that are no UUID', members(''), 340_000],
    ['items that are objects', members({}), 340_000],
    [
      'unknown properties',
      (count: number) => {
        const { value: body, reads } = counted(properties(count));
        return { body, reads };
      },
      100_000,
    ],
  ])('is read no further than one at the limit: %s', (_, make, largest) => {
    const [atLimit, over] = [make(10_001), make(largest)];

    const explanations = [explain(atLimit.body), explain(over.body)].map(({ violations, more }) => ({
      told: violations.length,
      more,
    }));

    expect(over.reads()).toBe(atLimit.reads());
    expect(explanations).toEqual(Array(2).fill({ told: 10_001, more: true }));
  });

  it('has its first 10,001 faults told, and the true number of its items', async () => {
    const body = `{"ownerId":1,"memberIds":[${'1,'.repeat(499_999)}1]}`;

    const answer = await send(url, { body });

    expect(answer.status).toBe(400);
    const { message, details } = errorOf(answer);
    expect(message).toBe(
      'The request breaks the contract in more than 10,001 places; the first 10,001 are in details.',
    );
    expect(details).toHaveLength(10_001);
    expect(details).toContainEqual({
      in: 'body',
      pointer: '/memberIds',
      message: 'Must have at most 10,000 items, but has 500,000.',
    });
    expect(details.map(({ pointer }) => pointer)).toEqual(expect.arrayContaining(['/memberIds/0', '/memberIds/9998']));
  });

  it('finds a declared property behind any number of unknown ones', async () => {
    const answer = await send(url, { body: { ...properties(50_000), ownerId: OWNER, memberIds: [] } });

    expect(answer.status).toBe(400);
    expect(errorOf(answer).details).toHaveLength(10_001);
    expect(errorOf(answer).details.map(({ message }) => message)).not.toContain('Required, but missing.');
  });

  it('counts exactly as long as all are told', async () => {
    const answer = await send(url, { body: { ownerId: OWNER, memberIds: Array(10_000).fill('x') } });

    expect(errorOf(answer).message).toBe('The request breaks the contract in 10,000 places; see details.');
    expect(errorOf(answer).details).toHaveLength(10_000);
  });
});

describe('a place with a very long name', () => {
  it('is told by what it stands in, as a whole pointer', () => {
    const changed = structuredClone(contract);
    // Names that nobody has declared, of values that may only be text.
    const group = { type: 'object', additionalProperties: { type: 'string' } };
    changed.components.schemas.NewCustomerOrganization = { type: 'object', properties: { group } };

    const body = { group: { short: 1, ['~'.repeat(600)]: 1 } };
    const { violations } = createExplain(changed, entryIn(changed))({ path: {}, query: {}, header: {}, body });

    expect(violations.map(({ pointer }) => pointer)).toEqual(['/group/short', '/group']);
  });
});

describe('a body that is made to be expensive', () => {
  it.each([
    ['arrays in arrays', '['.repeat(MIB / 2) + ']'.repeat(MIB / 2), 'InvalidRequest'],
    [
      'arrays in a member',
      `{"ownerId":"${OWNER}","memberIds":[${'['.repeat(500_000)}${']'.repeat(500_000)}]}`,
      'InvalidRequest',
    ],
    ['arrays that are never closed', '['.repeat(MIB), 'MalformedJson'],
    ['objects that are never closed', '{"a":'.repeat(MIB / 5), 'MalformedJson'],
    ['half a million syntax errors', 'x '.repeat(MIB / 2), 'MalformedJson'],
    ['one backslash after the other', `"${'\\'.repeat(MIB - 1)}`, 'MalformedJson'],
    ['a trailing comma after half a million numbers', `[${'1,'.repeat(MIB / 2 - 1)}]`, 'MalformedJson'],
  ])('is answered 400: %s', async (_, body, type) => {
    const startedMs = performance.now();

    const answer = await send(url, { body });

    expect(answer.status).toBe(400);
    expect(errorOf(answer).type).toBe(type);
    // A tenth of a second here; what is quadratic in a body of 1 MiB takes many minutes.
    expect(performance.now() - startedMs).toBeLessThan(20_000);
  });

  it('is looked through for its first syntax error only', async () => {
    syntaxErrors.found = 0;

    await send(url, { body: 'x '.repeat(MIB / 2) });

    expect(syntaxErrors.found).toBe(1);
  });

  it('reaches no prototype', async () => {
    const answer = await send(url, {
      body: `{"ownerId":"${OWNER}","memberIds":[],"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}`,
    });

    expect(answer.status).toBe(400);
    expect(errorOf(answer).details.map(({ pointer }) => pointer)).toEqual(['/__proto__', '/constructor']);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('is not unpacked beyond the limit', async () => {
    const bomb = gzipBomb(200);
    expect(bomb.length).toBeLessThan(MIB);
    const before = process.memoryUsage().rss;

    const answer = await send(url, { headers: { 'content-encoding': 'gzip' }, body: bomb });

    expect(answer.status).toBe(413);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * MIB);
  });

  it('is refused at the limit when its length was not told', async () => {
    const answer = await send(url, { body: Buffer.alloc(MIB + 1, ' '), chunked: true });

    expect(answer.status).toBe(413);
  });

  it('is refused for its length before it is sent', async () => {
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
