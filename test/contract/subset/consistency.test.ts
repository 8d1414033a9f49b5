// The consistency of a contract: names, required parts and values. Each problem is rejected once, with file, line,
// pointer, reason and remedy.
import { describe, expect, it } from 'vitest';
import {
  change,
  check,
  type Document,
  item,
  json,
  PARAMETER,
  SCHEMA,
  SIZE,
  THING,
  text,
} from '../../support/contract/changed-contract.ts';

type Row = [what: string, change: (document: Document) => void, pointer: string, reason: string];

const query = (more: object) => change.parameter({ name: 'q', in: 'query', ...more });
const field = (fields: object) => (document: Document) => void Object.assign(document, fields);
const withComponent = (name: string) => (document: Document) => {
  document.components.schemas[name] = { type: 'object' };
};

const NAMES: Row[] = [
  ...[
    'delete',
    'class',
    'await',
    'default',
    'import',
    'eval',
    'arguments',
    'let',
    'yield',
    'null',
    'true',
    'static',
  ].map(
    (id): Row => [`the ID ${id}`, change.field('get', { operationId: id }), `${THING}/get/operationId`, 'JavaScript'],
  ),
  ...['undefined', 'NaN', 'then'].map(
    (id): Row => [`the ID ${id}`, change.field('get', { operationId: id }), `${THING}/get/operationId`, 'JavaScript'],
  ),
  ...['constructor', 'hasOwnProperty', '__proto__', '1st', 'größe', 'a b', ''].map(
    (id): Row => [
      `the ID ${id}`,
      change.field('get', { operationId: id }),
      `${THING}/get/operationId`,
      'name a handler',
    ],
  ),
  ['an ID that is a number', change.field('get', { operationId: 7 }), `${THING}/get/operationId`, 'name a handler'],
  [
    'an ID that is used twice',
    change.field('put', { operationId: 'getThing' }),
    `${THING}/put/operationId`,
    'Two opera',
  ],
  ...['ünï', 'a b', 'a/b', 'constructor'].map(
    (name): Row => [
      `a component ${name}`,
      withComponent(name),
      `/components/schemas/${name.replace('/', '~1')}`,
      'component',
    ],
  ),
  ...['query', 'header'].flatMap((place) =>
    ['ünï', 'a b', 'constructor', ''].map(
      (name): Row => [
        `a parameter ${JSON.stringify(name)} in the ${place}`,
        change.parameter({ name, in: place, ...text }),
        `${PARAMETER}/name`,
        `\`${name}\``,
      ],
    ),
  ),
];

const REQUIRED: Row[] = [
  ['no info', (document) => void Reflect.deleteProperty(document, 'info'), '/', 'no `info`'],
  ['info without a title', field({ info: { version: '1' } }), '/info', '`title` is missing'],
  ['no paths', field({ paths: {} }), '/', 'no paths'],
  [
    'an operation without responses',
    (document) => void delete item(document).get.responses,
    `${THING}/get`,
    'no respon',
  ],
  ['empty responses', change.field('get', { responses: {} }), `${THING}/get`, 'no responses'],
  [
    'responses that are null',
    change.field('get', { responses: null }),
    `${THING}/get/responses`,
    'An object is expected',
  ],
  ['a body without content', change.field('put', { requestBody: {} }), `${THING}/put/requestBody`, 'no content'],
  ['a body with empty content', change.body({}), `${THING}/put/requestBody`, 'no content'],
  ['a parameter without a schema', query({}), PARAMETER, 'schema, content'],
  ['a parameter without a place', change.parameter({ name: 'q', ...text }), PARAMETER, '`in` is missing'],
  ['a parameter without a name', change.parameter({ in: 'query', ...text }), PARAMETER, '`name` is missing'],
  ['a header without a schema', change.header('X-A', {}), `${THING}/get/responses/202/headers/X-A`, 'no schema'],
  [
    'an optional parameter in the path',
    change.operation('/a/{b}', { parameters: [{ name: 'b', in: 'path', required: false, ...text }] }),
    '/paths/~1a~1{b}/get/parameters/0',
    'always there',
  ],
  [
    'a parameter that is declared twice',
    change.field('get', { parameters: [0, 1].map(() => ({ name: 'q', in: 'query', ...text })) }),
    `${THING}/get/parameters/1`,
    'another parameter of this name',
  ],
  [
    'another dialect',
    field({ jsonSchemaDialect: 'https://json-schema.org/draft-07/schema' }),
    '/jsonSchemaDialect',
    '',
  ],
  [
    'encoding beside JSON',
    change.body({ 'application/json': { schema: {}, encoding: { a: { contentType: 'text/plain' } } } }),
    `${THING}/put/requestBody/content/application~1json/encoding`,
    'no `encoding`',
  ],
];

const done = (operation: object) => ({ callbacks: { done: { '{$request.body#/url}': { post: operation } } } });
const CALLBACK = `${THING}/put/callbacks/done/{$request.body#~1url}/post`;

/** Parts that are only passed through to the site. */
const SHOWN: Row[] = [
  [
    'a callback without responses',
    change.field('put', done({ responses: {} })),
    `${CALLBACK}/responses`,
    'OpenAPI 3.1',
  ],
  [
    'a webhook without responses',
    field({ webhooks: { made: { post: { responses: {} } } } }),
    '/webhooks/made/post/responses',
    'OpenAPI 3.1',
  ],
  [
    'a link to no operation',
    change.response('202', { links: { next: {} } }),
    `${THING}/get/responses/202/links/next`,
    'OpenAPI 3.1',
  ],
];

const oneOf = (mapping: object) => (document: Document) => {
  document.components.schemas.Cat = { type: 'object', required: ['kind'], properties: { kind: { type: 'string' } } };
  document.components.schemas.Thing = {
    oneOf: [{ $ref: '#/components/schemas/Cat' }],
    discriminator: { propertyName: 'kind', mapping },
  };
};

const ERROR = `${THING}/get/responses/404/content/application~1json/schema`;
const withError = (type: object) =>
  change.response('404', {
    content: json({
      type: 'object',
      properties: { error: { type: 'object', properties: { type, message: { type: 'string' } } } },
    }),
  });

const VALUES: Row[] = [
  ['a value that breaks its line', change.property({ type: 'a\nb' }), `${SIZE}/type`, '`a\\nb` is no type'],
  ['a keyword that objects inherit', change.property({ toString: {} }), `${SIZE}/toString`, '`toString` has a meaning'],
  ['a variant that is mapped elsewhere', oneOf({ a: 'Dog' }), `${SCHEMA}/discriminator/mapping/a`, ''],
  ['a variant that is mapped to an object', oneOf({ a: {} }), `${SCHEMA}/discriminator/mapping/a`, 'as text'],
  [
    'a default of another type',
    query({ schema: { type: 'integer', default: 'x' } }),
    `${PARAMETER}/schema/default`,
    'int',
  ],
  [
    'a default that is too short',
    query({ schema: { type: 'string', minLength: 3, default: 'x' } }),
    `${PARAMETER}/schema/default`,
    'fewer than 3',
  ],
  [
    'a default that is no array',
    query({ schema: { type: 'array', items: { type: 'integer' }, default: 7 } }),
    `${PARAMETER}/schema/default`,
    'array',
  ],
  [
    'an example of another type',
    query({ schema: { type: 'integer' }, example: 'x' }),
    `${PARAMETER}/example`,
    'integer',
  ],
  [
    'one of several examples',
    query({ schema: { type: 'integer' }, examples: { a: { value: 1 }, b: { value: 'x' } } }),
    `${PARAMETER}/examples/b`,
    'integer',
  ],
  ['both kinds of examples', query({ ...text, example: 'a', examples: { b: { value: 'c' } } }), PARAMETER, 'exclude'],
  ['an empty example in the query', query({ ...text, example: '' }), `${PARAMETER}/example`, 'empty'],
  [
    'an empty item in the query',
    query({ schema: { type: 'array', items: { type: 'string' } }, example: ['a', ''] }),
    `${PARAMETER}/example`,
    'empty',
  ],
  [
    'a header with a line break',
    change.parameter({ name: 'X-A', in: 'header', ...text, example: 'a\nb' }),
    `${PARAMETER}/example`,
    'header',
  ],
  [
    'a parameter of which nothing is valid',
    query({ schema: { type: 'string', anyOf: [{ type: 'integer' }] } }),
    PARAMETER,
    'none can be made',
  ],
  [
    'the example of a response header',
    change.header('X-A', { schema: { type: 'integer' }, example: 'x' }),
    `${THING}/get/responses/202/headers/X-A/example`,
    'integer',
  ],
  ['the default of a property', change.property({ type: 'integer', default: 'x' }), `${SIZE}/default`, 'integer'],
  ['the example of a property', change.property({ type: 'integer', example: 'x' }), `${SIZE}/example`, 'integer'],
  [
    'one of the examples of a property',
    change.property({ type: 'integer', examples: [1, 'x'] }),
    `${SIZE}/examples/1`,
    'integer',
  ],
  ['a constant of another type', change.property({ type: 'integer', const: 'x' }), `${SIZE}/const`, 'integer'],
  [
    'a value of an enum of another type',
    change.property({ type: 'integer', enum: [1, 'x'] }),
    `${SIZE}/enum/1`,
    'integer',
  ],
  ['an unknown type', change.property({ type: 'strng' }), `${SIZE}/type`, '`strng` is no type'],
  ['a type that is an object', change.property({ type: { a: 1 } }), `${SIZE}/type`, '`{"a":1}` is no type'],
  ['an empty list of types', change.property({ type: [] }), `${SIZE}/type`, 'empty list'],
  ['an empty oneOf', change.schema({ oneOf: [] }), `${SCHEMA}/oneOf`, 'empty list'],
  [
    'limits that exclude each other',
    change.property({ type: 'integer', minimum: 2, maximum: 1 }),
    SIZE,
    'above `maximum`',
  ],
  ['a step of 0', change.property({ type: 'integer', multipleOf: 0 }), `${SIZE}/multipleOf`, 'above 0'],
  [
    'an error without a type',
    withError({ enum: ['A'] }),
    `${ERROR}/properties/error/properties/type`,
    '`type: string`',
  ],
  [
    'an error without the envelope',
    change.response('404', { content: json({ type: 'object' }) }),
    ERROR,
    'no property `error`',
  ],
  ...['const', 'maximum', 'minimum', 'multipleOf', 'exclusiveMaximum', 'default', 'example'].map(
    (key): Row => [
      `${key} beyond 2^53`,
      change.property({ type: 'integer', [key]: 2 ** 53 + 2 }),
      `${SIZE}/${key}`,
      'loses digits',
    ],
  ),
  [
    'a value of an enum beyond 2^53',
    change.property({ type: 'integer', enum: [-(2 ** 60)] }),
    `${SIZE}/enum/0`,
    'loses digits',
  ],
];

describe.each([
  ['names', NAMES],
  ['required parts', REQUIRED],
  ['what is shown', SHOWN],
  ['values', VALUES],
])('%s', (_, rows) => {
  it.each(rows)('rejects %s once, with file, line, pointer, reason and remedy', async (_, change, pointer, reason) => {
    const { lines, lineOf } = await check(change);

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\S+:\d+:\d+ at #\/.*: .*\. [A-Z].*[.?]$/);
    expect(lines[0]).toContain(` at #${pointer}: `);
    expect(lines[0]).toContain(reason);
    expect(lines[0]?.replace(/:\d+ at .*/, '')).toBe(lineOf(pointer === '/' ? '' : pointer));
  });
});

describe('names that only look reserved', () => {
  it.each(['validate0', 'validate20', 'schema11', 'contract', 'operations', 'routes', 'async', 'of', 'body0', 'name'])(
    'are supported: %s',
    async (operationId) => {
      expect((await check(change.field('get', { operationId }))).lines).toEqual([]);
    },
  );
});
