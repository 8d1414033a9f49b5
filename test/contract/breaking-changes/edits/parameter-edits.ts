// Edits of bodies and parameters. Loosening is compatible, tightening breaks.
import { all, append, type Row, remove, rename, set } from './edit.ts';

const LIST = '/paths/~1customers/get';
const PUT = '/paths/~1customers~1{customerId}/put';
const BODY = `${PUT}/requestBody`;
const CREATE = '/paths/~1customer-organizations/post';

export const PARAMETER_EDITS: Row[] = [
  ['an optional body', remove(`${BODY}/required`), 'compatible', BODY],
  [
    'a body that becomes required',
    set('/paths/~1customers~1{customerId}/patch/requestBody/required', true),
    'breaking',
    '/paths/~1customers~1{customerId}/patch/requestBody/required',
  ],
  ['no body', remove(BODY), 'breaking', BODY],
  [
    'a new required body',
    set(`${LIST}/requestBody`, { required: true, content: { 'application/json': { schema: {} } } }),
    'breaking',
    `${LIST}/requestBody`,
  ],
  [
    'a new media type',
    set(`${BODY}/content/application~1cbor`, { schema: {} }),
    'compatible',
    `${BODY}/content/application~1cbor`,
  ],
  [
    'another media type',
    rename(`${BODY}/content/application~1json`, 'application/cbor'),
    'breaking',
    `${BODY}/content/application~1json`,
  ],
  [
    'a parameter of the media type',
    rename(`${BODY}/content/application~1json`, 'application/json; charset=utf-8'),
    'compatible',
  ],
  [
    'a range that covers the media type',
    rename(`${BODY}/content/application~1json`, 'application/*'),
    'compatible',
    `${BODY}/content/application~1*`,
  ],
  [
    'a new optional parameter',
    append(`${LIST}/parameters`, { name: 'q', in: 'query', schema: { type: 'string' } }),
    'compatible',
    `${LIST}/parameters/6`,
  ],
  [
    'a new required parameter',
    append(`${LIST}/parameters`, { name: 'q', in: 'query', required: true, schema: { type: 'string' } }),
    'breaking',
    `${LIST}/parameters/6`,
  ],
  ['a removed parameter', remove(`${LIST}/parameters/1`), 'breaking', `${LIST}/parameters/1`],
  ['a removed request header', remove(`${CREATE}/parameters/1`), 'breaking', '/components/parameters/IdempotencyKey'],
  ['a renamed parameter', set(`${LIST}/parameters/1/name`, 'order'), 'breaking', `${LIST}/parameters/1`],
  [
    'parameters in another order',
    (contract) => {
      const at = Reflect.get(contract, 'paths')['/customers'].get;
      at.parameters.reverse();
    },
    'compatible',
  ],
  [
    'a parameter of the path that moves to the operation',
    all(
      remove('/paths/~1customers/parameters'),
      append(`${LIST}/parameters`, { name: 'x-trace', in: 'header', schema: { type: 'string', maxLength: 50 } }),
    ),
    'compatible',
  ],
  ['a parameter in another place', set(`${LIST}/parameters/1/in`, 'header'), 'breaking', `${LIST}/parameters/1`],
  [
    'a parameter that becomes required',
    set(`${LIST}/parameters/0/required`, true),
    'breaking',
    `${LIST}/parameters/0/required`,
  ],
  [
    'a parameter that becomes optional',
    set(`${LIST}/parameters/3/required`, false),
    'compatible',
    `${LIST}/parameters/3/required`,
  ],
  [
    'a changed default of a parameter',
    set(`${LIST}/parameters/0/schema/default`, 50),
    'breaking',
    `${LIST}/parameters/0/schema/default`,
  ],
  [
    'a smaller maximum of a parameter',
    set(`${LIST}/parameters/0/schema/maximum`, 50),
    'breaking',
    `${LIST}/parameters/0/schema/maximum`,
  ],
  [
    'a larger maximum of a parameter',
    set(`${LIST}/parameters/0/schema/maximum`, 500),
    'compatible',
    `${LIST}/parameters/0/schema/maximum`,
  ],
  [
    'another value of a parameter',
    append(`${LIST}/parameters/1/schema/enum`, 'date'),
    'compatible',
    `${LIST}/parameters/1/schema/enum`,
  ],
  ['a list in one parameter', set(`${LIST}/parameters/2/explode`, false), 'breaking', `${LIST}/parameters/2/explode`],
  [
    'a single value that may be repeated',
    set(`${LIST}/parameters/0/schema`, {
      type: 'array',
      items: { type: 'integer', minimum: 1, maximum: 100 },
      default: 20,
    }),
    'compatible',
  ],
  [
    'a single value that must be repeated',
    set(`${LIST}/parameters/1/schema`, { type: 'array', minItems: 2, items: { type: 'string' } }),
    'breaking',
    `${LIST}/parameters/1/schema/enum`,
  ],
  [
    'a single value as a list with commas',
    all(
      set(`${LIST}/parameters/1/schema`, { type: 'array', items: { type: 'string' } }),
      set(`${LIST}/parameters/1/explode`, false),
    ),
    'breaking',
    `${LIST}/parameters/1/schema/enum`,
  ],
  [
    'a list that becomes a single value',
    set(`${LIST}/parameters/2/schema`, { type: 'string' }),
    'breaking',
    `${LIST}/parameters/2/schema/type`,
  ],
  [
    'a parameter that has to have a value',
    remove(`${LIST}/parameters/5/allowEmptyValue`),
    'breaking',
    `${LIST}/parameters/5`,
  ],
  [
    'a parameter without a value',
    set(`${LIST}/parameters/0/allowEmptyValue`, true),
    'compatible',
    `${LIST}/parameters/0/allowEmptyValue`,
  ],
  ['allowEmptyValue of any text', set(`${LIST}/parameters/3/allowEmptyValue`, true), 'compatible'],
  [
    'format: uri-reference for uri',
    set(`${LIST}/parameters/4/schema/format`, 'uri-reference'),
    'compatible',
    `${LIST}/parameters/4/schema/format`,
  ],
  [
    'format: iri for uri',
    set(`${LIST}/parameters/4/schema/format`, 'iri'),
    'compatible',
    `${LIST}/parameters/4/schema/format`,
  ],
  [
    'format: email for uri',
    set(`${LIST}/parameters/4/schema/format`, 'email'),
    'breaking',
    `${LIST}/parameters/4/schema/format`,
  ],
  ['explode: true, the default', set(`${LIST}/parameters/2/explode`, true), 'compatible'],
  ['explode of a single value', set(`${LIST}/parameters/1/explode`, false), 'compatible'],
  ['another style', set(`${LIST}/parameters/2/style`, 'pipeDelimited'), 'breaking', `${LIST}/parameters/2/style`],
  [
    'a longer idempotency key',
    set('/components/parameters/IdempotencyKey/schema/maxLength', 300),
    'compatible',
    '/components/parameters/IdempotencyKey/schema/maxLength',
  ],
  [
    'a shorter idempotency key',
    set('/components/parameters/IdempotencyKey/schema/maxLength', 64),
    'breaking',
    '/components/parameters/IdempotencyKey/schema/maxLength',
  ],
  [
    'the pattern of the idempotency key in hexadecimal',
    set('/components/parameters/IdempotencyKey/schema/pattern', '^[\\x21-\\x7e]+$'),
    'compatible',
  ],
  [
    'another name of a path parameter',
    all(
      rename('/paths/~1customers~1{customerId}', '/customers/{id}'),
      set('/paths/~1customers~1{id}/put/parameters/0/name', 'id'),
    ),
    'compatible',
  ],
];
