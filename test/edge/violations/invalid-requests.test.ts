// Requests that break the contract, in query parameters or in the body.
import { describe, expect, it } from 'vitest';
import { PATH } from '../../support/http/http.ts';
import { detailsOf, messageOf, OWNER, shareEdge, typeOf, VALID } from '../echo-edge.ts';

const { ask } = shareEdge();

describe('query parameters', () => {
  const details = (name: string) => [
    {
      in: 'query',
      pointer: `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      message: `Unknown query parameter ${JSON.stringify(name)}. None is known here.`,
    },
  ];

  it.each([
    ['x', '?x'],
    ['x', '?x='],
    ['', '?='],
    ['', '?=1'],
    ['[x]', '?[x]=1'],
    ['[x]', '?%5Bx%5D=1'],
    ['[x][y]', '?[x][y]=1'],
    ['[]', '?[]=1'],
    ['[', '?['],
    [']', '?]=1'],
    ['.', '?.=1'],
    [';', '?;=1'],
    [' ', '?+=1'],
    ['#', '?%23=1'],
    ['a/b~c', '?a/b~c'],
    ['\u0000', '?%00'],
    ['%zz', '?%zz'],
    ['é', '?%C3%A9'],
    ['__proto__', '?__proto__=1'],
    ['__proto__[x]', '?__proto__[x]=1'],
    ['constructor[x]', '?constructor[x]'],
    ['a[b]', '?a[b]=1'],
    ['a[', '?a[=1'],
    ['a]', '?a]=1'],
    ['a[b', '?a[b=1'],
    ['ownerId[]', '?ownerId[]=1'],
    ['constructor', '?constructor'],
    ['hasOwnProperty', '?hasOwnProperty=1'],
  ])('return 400 with the name when it is unknown: %j', async (name, query) => {
    const response = await ask({ path: PATH + query, body: VALID });

    expect(response.status).toBe(400);
    expect(detailsOf(response)).toEqual(details(name));
  });

  it('return 400 with their number and the first 100', async () => {
    const names = Array.from({ length: 1500 }, (_, index) => `a${index}`);

    const response = await ask({ path: `${PATH}?${names.join('&')}`, body: VALID });

    expect(response.status).toBe(400);
    expect(messageOf(response)).toBe('The request has 1,500 violations. The first 100 are in details.');
    expect(detailsOf(response).map(({ pointer }) => pointer)).toEqual(names.slice(0, 100).map((name) => `/${name}`));
  });

  it('return 400 after thousands of empty ones', async () => {
    const response = await ask({ path: `${PATH}?${'&'.repeat(5000)}a=1`, body: VALID });

    expect(detailsOf(response).map(({ pointer }) => pointer)).toEqual(['/a']);
  });

  it.each(['?', '?&', '?&&'])('are absent in %s', async (query) => {
    const response = await ask({ path: PATH + query, body: VALID });

    expect(response.status).toBe(201);
  });
});

describe('the contract', () => {
  it('returns all violations at once, each with its location and a sentence', async () => {
    const response = await ask({
      path: `${PATH}?page=1`,
      headers: { 'Idempotency-Key': 'two words' },
      body: { 'owner/Id~': OWNER, memberIds: [1, 'x', [[[]]], null, OWNER.slice(1), `urn:uuid:${OWNER}`] },
    });

    expect(response.status).toBe(400);
    expect(typeOf(response)).toBe('InvalidRequest');
    expect(messageOf(response)).toBe('The request has 10 violations. See details.');
    expect(detailsOf(response)).toEqual([
      { in: 'query', pointer: '/page', message: 'Unknown query parameter "page". None is known here.' },
      { in: 'header', pointer: '/Idempotency-Key', message: 'Must match the regular expression ^[!-~]+$' },
      { in: 'body', pointer: '/ownerId', message: 'Required, but missing.' },
      { in: 'body', pointer: '/owner~1Id~0', message: 'Unknown property "owner/Id~". Known here: ownerId, memberIds.' },
      { in: 'body', pointer: '/memberIds/0', message: 'Must be a string, but is a number.' },
      { in: 'body', pointer: '/memberIds/1', message: `Must be a UUID, such as ${OWNER}.` },
      { in: 'body', pointer: '/memberIds/2', message: 'Must be a string, but is an array.' },
      { in: 'body', pointer: '/memberIds/3', message: 'Must be a string, but is null.' },
      { in: 'body', pointer: '/memberIds/4', message: `Must be a UUID, such as ${OWNER}.` },
      { in: 'body', pointer: '/memberIds/5', message: `Must be a UUID, such as ${OWNER}.` },
    ]);
  });

  it.each([
    ['no body', undefined, '', 'Required, but missing.'],
    ['an empty body', '', '', 'Required, but missing.'],
    ['null', 'null', '', 'Must be an object, but is null.'],
    ['an array', '[]', '', 'Must be an object, but is an array.'],
    ['a number', '7', '', 'Must be an object, but is a number.'],
    [
      '__proto__',
      `{"ownerId":"${OWNER}","memberIds":[],"__proto__":{"a":1}}`,
      '/__proto__',
      'Unknown property "__proto__". Known here: ownerId, memberIds.',
    ],
    [
      'constructor',
      `{"ownerId":"${OWNER}","memberIds":[],"constructor":1}`,
      '/constructor',
      'Unknown property "constructor". Known here: ownerId, memberIds.',
    ],
    [
      '10,001 members',
      { ownerId: OWNER, memberIds: Array(10_001).fill(OWNER) },
      '/memberIds',
      'Must have at most 10,000 items, but has 10,001.',
    ],
    [
      'nesting 100,000 deep',
      `{"ownerId":"${OWNER}","memberIds":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      '/memberIds/0',
      'Must be a string, but is an array.',
    ],
    [
      'a property name of 500,000 characters',
      { ...VALID, ['x'.repeat(500_000)]: 1 },
      '',
      `Unknown property "${'x'.repeat(100)}…". Known here: ownerId, memberIds.`,
    ],
  ])('returns 400 for %s', async (_, body, pointer, message) => {
    const response = await ask({ body });

    expect(response.status).toBe(400);
    expect(typeOf(response)).toBe('InvalidRequest');
    expect(messageOf(response)).toBe('The request has one violation. See details.');
    expect(detailsOf(response)).toEqual([{ in: 'body', pointer, message }]);
  });

  it.each([
    ['is empty', '', 'Must have at least 1 character, but has 0.'],
    ['has 256 characters', 'k'.repeat(256), 'Must have at most 255 characters, but has 256.'],
    ['is repeated', ['a', 'b'], 'Must match the regular expression ^[!-~]+$'],
    ['is not ASCII', 'kéy', 'Must match the regular expression ^[!-~]+$'],
  ])('returns 400 when the Idempotency-Key %s', async (_, key, message) => {
    const response = await ask({ headers: { 'Idempotency-Key': key }, body: VALID });

    expect(response.status).toBe(400);
    expect(detailsOf(response)).toEqual([{ in: 'header', pointer: '/Idempotency-Key', message }]);
  });

  it('ignores Accept', async () => {
    const response = await ask({ headers: { accept: 'text/html' }, body: VALID });

    expect(response.status).toBe(201);
  });
});
