// Generates contracts with one operation, within the stated subset of OpenAPI.
import * as fc from 'fast-check';
import type { Parameter, Schema } from '../../../openapi/model/contract.ts';

/** A field that may be missing. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const maybeFrom = (min: number, max: number) => maybe(fc.integer({ min, max }));

/** Patterns, each with an example, because none can be made from a pattern alone. */
const PATTERNS = { '^[a-z]+$': 'ab', '^[A-Z]{2}\\d{3}$': 'AB123', '^\\p{L}+$': 'é', '[0-9]': '7', '^[^/]+$': 'p' };
const FORMATS = ['uuid', 'date', 'date-time', 'email', 'uri', 'ipv4', 'hostname', 'password', 'byte'];
const TEXTS = ['a', 'B', 'c d', 'é', '', '1', 'true', 'null', 'a,b', 'x&y=z', '/'];
const NAMES = ['a', 'b', 'c-d', 'é', 'e f', 'in', 'type'];

const textSchema = fc.oneof<fc.Arbitrary<Schema>[]>(
  fc
    .record({ minLength: maybeFrom(0, 3), maxLength: maybeFrom(3, 300) })
    .map((limits) => ({ type: 'string', ...limits })),
  fc.constantFrom(...Object.entries(PATTERNS)).map(([pattern, example]) => ({ type: 'string', pattern, example })),
  fc.constantFrom(...FORMATS).map((format) => ({ type: 'string', format })),
  fc
    .uniqueArray(fc.constantFrom(...TEXTS), { minLength: 1, maxLength: 4 })
    .map((values) => ({ type: 'string', enum: values })),
);

const numberSchema = fc.tuple(
  fc.constantFrom('integer', 'number'),
  fc.oneof<fc.Arbitrary<Schema>[]>(
    fc.record({ minimum: maybeFrom(-5, 5), maximum: maybeFrom(6, 1000) }),
    fc.record({ exclusiveMinimum: maybeFrom(-5, 5), exclusiveMaximum: maybeFrom(9, 100), multipleOf: maybeFrom(1, 3) }),
  ),
);

const scalar = fc.oneof<fc.Arbitrary<Schema>[]>(
  textSchema,
  numberSchema.map(([type, limits]) => ({ type, ...limits })),
  fc.constantFrom<Schema[]>({ type: 'boolean' }, { type: 'string', const: 'k' }, { type: 'integer', const: 3 }),
);

const nullable = fc.constantFrom<Schema[]>(
  { type: ['string', 'null'] },
  { type: ['integer', 'null'] },
  { type: ['object', 'null'], properties: { a: { type: 'string' } }, required: ['a'] },
  { anyOf: [{ type: 'integer', minimum: 0 }, { type: 'null' }] },
);

const reference = fc
  .constantFrom('Tree', 'Guarded', 'Joined')
  .map((name): Schema => ({ $ref: `#/components/schemas/${name}` }));

const { schema } = fc.letrec<{ schema: Schema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', maxDepth: 2 },
    scalar,
    nullable,
    reference,
    fc
      .record({ items: tie('schema'), minItems: maybeFrom(0, 2), maxItems: maybeFrom(2, 5) })
      .map((fields): Schema => ({ type: 'array', ...fields })),
    fc
      .record({ additionalProperties: tie('schema'), minProperties: maybeFrom(0, 2), maxProperties: maybeFrom(2, 3) })
      .map((fields): Schema => ({ type: 'object', ...fields })),
    fc
      .tuple(
        fc.dictionary(fc.constantFrom(...NAMES), tie('schema'), { minKeys: 1, maxKeys: 3 }),
        fc.infiniteStream(fc.boolean()),
        fc.constantFrom(undefined, false, true),
        maybeFrom(1, 1),
      )
      .map(([properties, areRequired, additionalProperties, minProperties]): Schema => {
        const required = Object.keys(properties).filter(() => areRequired.next().value);
        return { type: 'object', properties, required, additionalProperties, minProperties };
      }),
  ),
}));

/** A list in the query has items of one type. */
const parameter = fc
  .tuple(fc.constantFrom('query', 'header'), scalar, fc.boolean(), fc.constantFrom('one', 'repeated', 'commas'))
  .map(([place, each, required, form]): Omit<Parameter, 'name'> => {
    if (place === 'header') return { in: 'header', required, schema: each };
    if (form === 'one') return { in: 'query', required, schema: each };
    const list: Schema = { type: 'array', items: each, minItems: 1, maxItems: 4, uniqueItems: true };
    return { in: 'query', required, schema: list, explode: form === 'repeated' };
  });

const operation = fc.record({
  method: fc.constantFrom('post', 'put', 'patch', 'get', 'delete'),
  status: fc.constantFrom('200', '201', '202', '204'),
  body: schema,
  required: fc.boolean(),
  response: schema,
  parameters: fc.array(parameter, { maxLength: 2 }),
});

const SCHEMAS: Record<string, Schema> = {
  Tree: {
    type: 'object',
    required: ['name'],
    properties: {
      name: { type: 'string', minLength: 1 },
      parent: { $ref: '#/components/schemas/Tree' },
      children: { type: 'array', maxItems: 3, items: { $ref: '#/components/schemas/Tree' } },
    },
  },
  Guarded: {
    ...{ type: 'object', additionalProperties: false, required: ['id', 'name', 'secret'] },
    properties: {
      id: { type: 'string', format: 'uuid', readOnly: true },
      name: { type: 'string', maxLength: 20 },
      secret: { type: 'string', writeOnly: true },
    },
  },
  Joined: {
    allOf: [
      { type: 'object', required: ['a'], properties: { a: { type: 'string' } } },
      { type: 'object', properties: { b: { type: 'integer', minimum: 1 } } },
    ],
  },
};

const json = (each: Schema) => ({ content: { 'application/json': { schema: each } } });

/** A document to write to a file. Some are rejected because no example can be made. */
export const randomContract = operation.map(({ method, status, body, required, response, parameters }): object => ({
  openapi: '3.1.0',
  info: { title: 'Random', version: '1.0.0' },
  servers: [{ url: 'https://random.example/v1' }],
  paths: {
    '/things': {
      [method]: {
        operationId: 'useThing',
        parameters: parameters.map((each, index) => ({ name: `p-${index}`, ...each })),
        ...(!['get', 'delete'].includes(method) && { requestBody: { required, ...json(body) } }),
        responses: { [status]: { description: 'Done.', ...(status !== '204' && json(response)) } },
      },
    },
  },
  components: { schemas: SCHEMAS },
}));
