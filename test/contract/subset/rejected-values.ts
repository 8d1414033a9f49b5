// Parameters, headers and schemas outside the stated subset of OpenAPI.
import { change, json, PARAMETER, SCHEMA, SIZE, THING, text } from '../../support/contract/changed-contract.ts';
import type { RejectedPart } from './rejected-operations.ts';

export const REJECTED_VALUES: RejectedPart[] = [
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
];
