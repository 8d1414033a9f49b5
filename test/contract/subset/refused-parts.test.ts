// The stated subset of OpenAPI: what is outside is rejected with file, line, pointer, reason and a way out.
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ContractError } from '../../../openapi/model/contract-error.ts';
import { readContract } from '../../../openapi/model/load/read-contract.ts';
import {
  change,
  check,
  type Document,
  folder,
  item,
  json,
  PARAMETER,
  SCHEMA,
  SIZE,
  THING,
  text,
} from '../../support/contract/changed-contract.ts';

/** What is rejected, the change, where, and a part of the reason. */
const REFUSED: [what: string, change: (document: Document) => void, pointer: string, reason: string][] = [
  [
    'OpenAPI 3.0',
    (document) => void Object.assign(document, { openapi: '3.0.3' }),
    '/openapi',
    'OpenAPI 3.0.3 is not supported',
  ],
  [
    'OpenAPI 3.2',
    (document) => void Object.assign(document, { openapi: '3.2.0' }),
    '/openapi',
    'OpenAPI 3.2.0 is not supported',
  ],
  [
    'a limit without a number',
    (document) => void Object.assign(document, { 'x-limits': { bodyBytes: { description: 'Body', value: '1 MiB' } } }),
    '/x-limits/bodyBytes',
    'is no positive integer',
  ],
  [
    'a limit that points to no number',
    (document) =>
      void Object.assign(document, { 'x-limits': { members: { description: 'Members', at: '#/components/none' } } }),
    '/x-limits/members',
    'has no number at #/components/none',
  ],
  [
    'a limit with a value and a pointer',
    (document) =>
      void Object.assign(document, { 'x-limits': { members: { description: 'Members', at: '#/info', value: 1 } } }),
    '/x-limits/members',
    'needs one number',
  ],
  [
    'a limit without a description',
    (document) => void Object.assign(document, { 'x-limits': { members: { value: 1 } } }),
    '/x-limits/members',
    'has no description',
  ],
  [
    'another order of checks',
    (document) => void Object.assign(document, { 'x-order-of-checks': ['path', 'method', 'contract', 'credentials'] }),
    '/x-order-of-checks',
    'another order of checks',
  ],
  [
    'a check of operations before one of the edge',
    (document) => void Object.assign(document, { 'x-order-of-checks': ['path', 'customers', 'contract'] }),
    '/x-order-of-checks',
    'another order of checks',
  ],
  [
    'servers with several base paths',
    (document) => void document.servers.push({ url: '/v2' }),
    '/servers',
    'have: /v1, /v2',
  ],
  [
    'servers of an operation',
    change.field('get', { servers: [{ url: '/v2' }] }),
    `${THING}/get/servers`,
    'single path or operation',
  ],
  [
    'servers of a path',
    change.methods(() => ({ servers: [{ url: '/v2' }] })),
    `${THING}/servers`,
    'single path or operation',
  ],
  [
    'an operation without an ID',
    (document) => void delete item(document).get.operationId,
    `${THING}/get`,
    'no `operationId`',
  ],
  ['an ID with a hyphen', change.field('get', { operationId: 'get-thing' }), `${THING}/get/operationId`, '"get-thing"'],
  [
    'an ID that objects inherit',
    change.field('get', { operationId: 'toString' }),
    `${THING}/get/operationId`,
    '"toString"',
  ],
  [
    'two IDs with one type',
    change.field('put', { operationId: 'GetThing' }),
    `${THING}/put/operationId`,
    'types of the same name',
  ],
  [
    'a default response',
    change.response('default', {}),
    `${THING}/get/responses/default`,
    '`default` is not one status',
  ],
  ['a range of statuses', change.response('4XX', {}), `${THING}/get/responses/4XX`, '`4XX` is not one status'],
  [
    'a body with 204',
    change.response('204', { content: json({}) }),
    `${THING}/get/responses/204/content`,
    'has no body',
  ],
  [
    'a body with 304',
    change.response('304', { content: json({}) }),
    `${THING}/get/responses/304/content`,
    'has no body',
  ],
  [
    'an operation without success',
    change.field('get', { responses: { 404: { description: 'No.' } } }),
    `${THING}/get`,
    'no successful response',
  ],
  [
    'a body of GET',
    change.field('get', { requestBody: { content: json({}) } }),
    `${THING}/get/requestBody`,
    'GET request has no body',
  ],
  ['HEAD', change.methods(({ get }) => ({ head: get })), `${THING}/head`, 'HEAD is not supported'],
  ['OPTIONS', change.methods(({ get }) => ({ options: get })), `${THING}/options`, 'OPTIONS is not supported'],
  [
    'a form',
    change.body({ 'application/x-www-form-urlencoded': { schema: {} } }),
    `${THING}/put/requestBody/content/application~1x-www-form-urlencoded`,
    'media type',
  ],
  [
    'a file',
    change.body({ 'multipart/form-data': { schema: {} } }),
    `${THING}/put/requestBody/content/multipart~1form-data`,
    'media type',
  ],
  ['any media type', change.body({ '*/*': { schema: {} } }), `${THING}/put/requestBody/content/*~1*`, 'media type'],
  [
    'text in a response',
    change.response('202', { content: { 'text/plain': { schema: {} } } }),
    `${THING}/get/responses/202/content/text~1plain`,
    'media type',
  ],
  [
    'two media types',
    change.body({ ...json({}), 'application/x+json': { schema: {} } }),
    `${THING}/put/requestBody/content`,
    'Several media types',
  ],
  [
    'a body without a schema',
    change.body({ 'application/json': {} }),
    `${THING}/put/requestBody/content/application~1json`,
    'no schema',
  ],
  ['a cookie', change.parameter({ name: 'id', in: 'cookie', ...text }), PARAMETER, 'cookies'],
  [
    'a cookie that is set',
    change.header('Set-Cookie', text),
    `${THING}/get/responses/202/headers/Set-Cookie`,
    '`Set-Cookie`',
  ],
  [
    'deepObject',
    change.parameter({ name: 'a', in: 'query', style: 'deepObject', schema: { type: 'object' } }),
    `${PARAMETER}/style`,
    '`deepObject`',
  ],
  [
    'lists separated by pipes',
    change.parameter({
      name: 'a',
      in: 'query',
      style: 'pipeDelimited',
      schema: { type: 'array', items: { type: 'string' } },
    }),
    `${PARAMETER}/style`,
    '`pipeDelimited`',
  ],
  [
    'an object in the query',
    change.parameter({ name: 'a', in: 'query', schema: { type: 'object' } }),
    `${PARAMETER}/schema`,
    'type `object`',
  ],
  [
    'an array in a header',
    change.parameter({ name: 'X-A', in: 'header', schema: { type: 'array', items: { type: 'string' } } }),
    `${PARAMETER}/schema`,
    'type `array`',
  ],
  [
    'items of several types in the query',
    change.parameter({ name: 'a', in: 'query', schema: { type: 'array', items: {} } }),
    `${PARAMETER}/schema/items`,
    'need one type',
  ],
  [
    'a parameter without a type',
    change.parameter({ name: 'a', in: 'query', schema: {} }),
    `${PARAMETER}/schema`,
    'read back by its type',
  ],
  [
    'a parameter that may be null',
    change.parameter({ name: 'a', in: 'query', schema: { type: ['string', 'null'] } }),
    `${PARAMETER}/schema`,
    'read back by its type',
  ],
  [
    'a parameter with content',
    change.parameter({ name: 'a', in: 'query', content: json({ type: 'object' }) }),
    `${PARAMETER}/content`,
    'with `content`',
  ],
  [
    'a reserved parameter',
    change.parameter({ name: 'Authorization', in: 'header', ...text }),
    `${PARAMETER}/name`,
    '`Authorization`',
  ],
  ['a name in brackets', change.parameter({ name: 'a[b]', in: 'query', ...text }), `${PARAMETER}/name`, '`a[b]`'],
  [
    'a header name with a space',
    change.parameter({ name: 'X A', in: 'header', ...text }),
    `${PARAMETER}/name`,
    '`X A`',
  ],
  [
    'reserved characters',
    change.parameter({ name: 'a', in: 'query', allowReserved: true, ...text }),
    `${PARAMETER}/allowReserved`,
    '`allowReserved`',
  ],
  [
    'an object in a response header',
    change.header('X-A', { schema: { type: 'object' } }),
    `${THING}/get/responses/202/headers/X-A/schema`,
    'type `object`',
  ],
  [
    'a response header with content',
    change.header('X-A', { content: json({ type: 'string' }) }),
    `${THING}/get/responses/202/headers/X-A/content`,
    'with `content`',
  ],
  ['an API key', change.security([{ key: [] }]), `${THING}/get/security/0`, '`key` (apiKey)'],
  ['OAuth', change.security([{ login: ['read'] }]), `${THING}/get/security/0`, '`login` (oauth2)'],
  ['a bearer token', change.security([{ token: [] }]), `${THING}/get/security/0`, '`token` (bearer)'],
  ['a choice of credentials', change.security([{ basic: [] }, { key: [] }]), `${THING}/get/security`, 'not a choice'],
  ['two schemes at once', change.security([{ basic: [], key: [] }]), `${THING}/get/security/0`, 'exactly one scheme'],
  ['optional credentials', change.security([{}]), `${THING}/get/security/0`, 'exactly one scheme'],
  [
    'another scheme for all operations',
    (document) => void Object.assign(document, { security: [{ key: [] }] }),
    '/security/0',
    '`key` (apiKey)',
  ],
  ['int64', change.property({ type: 'integer', format: 'int64' }), SIZE, '`int64`'],
  ['int64 with one limit', change.property({ type: 'integer', format: 'int64', minimum: 0 }), SIZE, '`int64`'],
  ['an unknown format', change.property({ type: 'string', format: 'currency' }), `${SIZE}/format`, '`currency`'],
  ['nullable', change.property({ type: 'string', nullable: true }), `${SIZE}/nullable`, '`nullable`'],
  ['not', change.property({ not: { type: 'string' } }), `${SIZE}/not`, '`not`'],
  [
    'patternProperties',
    change.property({ type: 'object', patternProperties: { '^a': {} } }),
    `${SIZE}/patternProperties`,
    '`patternProperties`',
  ],
  [
    'prefixItems',
    change.property({ type: 'array', prefixItems: [{}], items: {} }),
    `${SIZE}/prefixItems`,
    '`prefixItems`',
  ],
  [
    'a pattern that JavaScript does not know',
    change.property({ type: 'string', pattern: '(?i)a' }),
    `${SIZE}/pattern`,
    'no regular expression',
  ],
  [
    'other properties beside named ones',
    change.schema({ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: { type: 'integer' } }),
    `${SCHEMA}/additionalProperties`,
    'TypeScript cannot express',
  ],
  [
    'a schema that is composed of itself',
    change.schema({ oneOf: [{ type: 'string' }, { $ref: '#/components/schemas/Thing' }] }),
    SCHEMA,
    'composed of itself',
  ],
  [
    'a discriminator without references',
    change.schema({ oneOf: [{ type: 'object' }], discriminator: { propertyName: 'kind' } }),
    `${SCHEMA}/discriminator`,
    '`oneOf` of references',
  ],
  [
    'a keyword beside a reference',
    change.property({ $ref: '#/components/schemas/Thing', minProperties: 1 }),
    SIZE,
    'beside a reference',
  ],
  [
    'paths that match the same',
    change.operation('/things/{id}', { parameters: [{ name: 'id', in: 'path', required: true, ...text }] }),
    '/paths/~1things~1{id}',
    'matches requests to',
  ],
  [
    'a part of a segment',
    change.path('/a{id}', { parameters: [{ name: 'id', in: 'path', required: true, ...text }] }),
    '/paths/~1a{id}',
    'whole segment',
  ],
  ['a path parameter that is not declared', change.operation('/a/{id}'), '/paths/~1a~1{id}/get', '`{id}`'],
];

describe('the stated subset', () => {
  it('has nothing against a contract within it', async () => {
    const { lines } = await check(() => undefined);

    expect(lines).toEqual([]);
  });

  it.each(REFUSED)(
    'refuses %s in one line, by file, line and pointer, with a way out',
    async (_, change, pointer, reason) => {
      const { lines, lineOf } = await check(change);
      const ours = lines.filter((line) => line.includes(reason));

      expect(ours, lines.join('\n')).toHaveLength(1);
      expect(ours[0]).toMatch(/^\S+:\d+:\d+ at #\S*: [^.]*\.?.*\. [A-Z].*\.$/);
      expect(ours[0]).toContain(` at #${pointer}: `);
      expect(ours[0]?.replace(/:\d+ at .*/, '')).toBe(lineOf(pointer));
    },
  );

  it('names the file in which a rejected part stands', async () => {
    const file = join(folder, 'part.yaml');
    await writeFile(file, stringify({ type: 'object', properties: { size: { type: 'integer', format: 'int64' } } }));

    const { lines } = await check(change.property({ $ref: './part.yaml' }));

    expect(lines).toEqual([expect.stringContaining(`${relative(process.cwd(), file)}:3:3 at #/properties/size: `)]);
  });

  it('reports every rejected part, not only the first', async () => {
    const { lines } = await check((document) => {
      change.security([{ key: [] }])(document);
      change.response('default', {})(document);
      change.property({ type: 'integer', format: 'int64' })(document);
    });

    expect(lines).toHaveLength(3);
  });

  it.each([
    ['another kind of document', 'asyncapi: 3.0.0\n'],
    ['a document with nothing but a version', 'openapi: 3.1.0\n'],
    [
      'a document whose parts have wrong types',
      'openapi: 3.1.0\ninfo: 1\npaths: [1]\ncomponents: x\nservers: {}\nsecurity: y\n',
    ],
    [
      'operations whose parts have wrong types',
      'openapi: 3.1.0\ninfo: {title: a, version: b}\npaths:\n' +
        '  /a: {get: 1, put: {parameters: {}, requestBody: [], responses: []}, post: null}\n',
    ],
  ])('reports %s by file and line', async (_, content) => {
    const file = join(folder, 'odd.yaml');
    await writeFile(file, content);

    const error = await readContract(file).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(ContractError);
    expect(
      String(error)
        .split('\n')
        .every((line) => /odd\.yaml:\d+:\d+ /.test(line)),
    ).toBe(true);
  });

  it.each([
    ['a file that does not exist', 'none.yaml', /none\.yaml does not exist\. Correct the path\.$/],
    ['a folder', '.', / is a (folder|directory)/],
  ])('reports %s in one line', async (_, name, message) => {
    const error = await readContract(join(folder, name)).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(ContractError);
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
    expect(String(error)).not.toContain('\n');
  });
});
