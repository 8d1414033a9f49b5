// The Standard Schema validators: the messages and places of the server, and their types.
import { describe, expect, expectTypeOf, it } from 'vitest';
import { examples } from '../../../generated/examples.ts';
import type { operations } from '../../../generated/schema.ts';
import { type Schema, UnexpectedResponse } from '../../../openapi/client/index.ts';
import { requestSchemas, responseSchemas, type StandardSchema } from '../../../openapi/schemas/index.ts';
import { createExplain } from '../../../server/edge/violations/explain.ts';
import { entryIn } from '../../support/contract/operation.ts';
import {
  createClient,
  TESTED_VERSION,
  testedContract,
  testedOrganizationWith,
} from '../../support/contract/tested-version.ts';

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const schema = requestSchemas.createCustomerOrganization;
/** The schemas of the version that the bodies below are written in. An older version has its own, under its name. */
const tested: { createCustomerOrganization: StandardSchema } =
  Reflect.get(requestSchemas, TESTED_VERSION) ?? requestSchemas;
const testedResponses: { createCustomerOrganization: { 201: StandardSchema } } =
  Reflect.get(responseSchemas, TESTED_VERSION) ?? responseSchemas;
const validate = (value: unknown) => tested.createCustomerOrganization['~standard'].validate(value);
const explain = createExplain(testedContract, entryIn(testedContract));

const INVALID = [
  {},
  null,
  'text',
  [],
  { ownerId: OWNER },
  { ownerId: 5, memberIds: 'x' },
  { ownerId: '', memberIds: [null, OWNER, 'x'] },
  { ownerId: OWNER, memberIds: [], 'a/b~c': 1 },
  { ownerId: OWNER, memberIds: Array(10_001).fill(OWNER) },
];

describe('requestSchemas', () => {
  it.each(Object.entries(examples.createCustomerOrganization.requests))(
    'accept the example %s unchanged',
    (_, { body }) => {
      const result = schema['~standard'].validate(body);

      expect(result.issues).toBeUndefined();
      expect('value' in result && result.value).toBe(body);
    },
  );

  it.each(INVALID)('find what the server finds in %j', (value) => {
    const { violations } = explain({ path: {}, query: {}, header: {}, body: value });

    expect(validate(value).issues?.map(({ message }) => message)).toEqual(violations.map(({ message }) => message));
  });

  it('report undefined by that name', () => {
    expect(validate(undefined).issues).toEqual([{ path: [], message: 'Must be an object, but is undefined.' }]);
  });

  it.each([new FormData(), new URLSearchParams('ownerId=x'), new Map([['ownerId', 'x']]), new Uint8Array(1)])(
    'reject %o, whose properties are not those of the body',
    (value) => {
      const type = Object(value)[Symbol.toStringTag];
      const message = `Must be a plain object, but is of the type ${type}. Object.fromEntries(form) is one.`;

      expect(validate(value).issues).toEqual([{ path: [], message }]);
    },
  );

  it('accept an object without a prototype, and an instance of a class', () => {
    const body = { ownerId: OWNER, memberIds: [] };
    class Form {
      ownerId = OWNER;
      memberIds = [];
    }

    expect(validate(Object.assign(Object.create(null), body)).issues).toBeUndefined();
    expect(validate(new Form()).issues).toBeUndefined();
  });

  const body = { ownerId: OWNER, memberIds: [] };
  const inherited = Object.create(body);
  const hidden = Object.defineProperty({ ...body }, 'note', { value: 1, enumerable: false });

  it.each<[string, unknown]>([
    ['an undefined property', { ...body, note: undefined }],
    ['a function', { ...body, submit: () => {} }],
    ['a symbol', { ...body, note: Symbol('x'), [Symbol('y')]: 1 }],
    ['a property that is not enumerable', hidden],
    ['inherited properties', Object.assign(Object.create({ note: 1 }), body)],
    ['an undefined required property', { ownerId: OWNER, memberIds: undefined }],
    ['inherited required properties', inherited],
    ['an undefined item', { ...body, memberIds: [undefined] }],
    ['a missing item', { ...body, memberIds: new Array(1) }],
    ['a date', { ...body, ownerId: new Date(0) }],
    ['NaN', { ...body, ownerId: Number.NaN }],
    ['a boxed text', { ...body, ownerId: Object(OWNER) }],
    ['a method toJSON', { toJSON: () => body }],
    [
      'a getter',
      {
        ...body,
        get note() {
          return undefined;
        },
      },
    ],
    ['a map', { ...body, memberIds: new Map() }],
    ['a proxy', new Proxy({ ...body, note: undefined }, {})],
  ])('find in a value with %s what the server finds in its JSON', (_, value) => {
    const sent: unknown = JSON.parse(JSON.stringify(value));
    const { violations } = explain({ path: {}, query: {}, header: {}, body: sent });

    const result = validate(value);

    expect(result.issues?.map(({ message }) => message) ?? []).toEqual(violations.map(({ message }) => message));
    if (!result.issues) expect(result.value).toBe(value);
  });

  it.each<[string, unknown]>([
    ['a BigInt', { ...body, ownerId: 5n }],
    ['a cycle', ((list: unknown[]) => list.push(list) && { ...body, memberIds: list })([])],
    ['more levels than can be written', JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))],
    ['a toJSON that throws', { toJSON: () => Array(-1) }],
    [
      'a getter that throws',
      {
        ...body,
        get [Symbol.toStringTag]() {
          return Array(-1).join();
        },
      },
    ],
    ['a proxy that throws', new Proxy(body, { get: () => Array(-1) })],
    ['a proxy that was revoked', revoked(body)],
    ['a property that was revoked', { ...body, memberIds: revoked([]) }],
    ['a function that was revoked', revoked(() => {})],
  ])('reject %s, which has no JSON', (_, value) => {
    expect(validate(value).issues).toEqual([{ path: [], message: expect.stringMatching(/^Must be JSON: ./) }]);
  });

  it('name the place as a path', () => {
    const { issues } = validate({ ownerId: OWNER, memberIds: [OWNER, 'x'], 'a/b~c': 1 });

    expect(issues).toEqual([
      { path: ['a/b~c'], message: 'Unknown property "a/b~c". Known here: ownerId, memberIds.' },
      { path: ['memberIds', 1], message: `Must be a UUID, such as ${OWNER}.` },
    ]);
  });

  it('have the types of the contract', () => {
    expectTypeOf(schema).toEqualTypeOf<StandardSchema<Schema<'NewCustomerOrganization'>>>();
    expectTypeOf(responseSchemas.createCustomerOrganization[201]).toEqualTypeOf<
      StandardSchema<Schema<'CustomerOrganization'>>
    >();
    expectTypeOf<keyof typeof responseSchemas.createCustomerOrganization>().toEqualTypeOf<
      keyof operations['createCustomerOrganization']['responses']
    >();
  });
});

/** A proxy that throws on any use, such as a draft of immer after its end. */
function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

describe('responseSchemas', () => {
  const statuses = Object.entries(examples.createCustomerOrganization.responses);

  it.each(statuses)('accept the examples of %s', (status, named) => {
    const schemas: Record<string, StandardSchema> = responseSchemas.createCustomerOrganization;

    for (const { body } of Object.values(named))
      expect(schemas[status]?.['~standard'].validate(body)).toEqual({ value: body });
  });

  it('find the violations of a body', () => {
    const body = { ...testedOrganizationWith(), owner: { id: 'x' } };

    expect(testedResponses.createCustomerOrganization[201]['~standard'].validate(body).issues).toEqual([
      { path: ['owner', 'name'], message: 'Required, but missing.' },
      { path: ['owner', 'id'], message: expect.stringMatching(/^Must be a UUID/) },
    ]);
  });
});

describe('the option `responseSchemas` of the client', () => {
  const call = (
    body: object,
    status: number,
    options: { responseSchemas?: typeof responseSchemas } = { responseSchemas },
  ) =>
    createClient({
      baseUrl: 'https://api.test/api',
      fetch: async () => Response.json(body, { status }),
      ...options,
    }).POST('/customer-organizations', { body: { ownerId: OWNER, memberIds: [] } });
  const wrong = testedOrganizationWith({ id: 'x' });

  it('rejects a success that violates its schema', async () => {
    const error = await call(wrong, 201).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(UnexpectedResponse);
    expect(error).toMatchObject({ message: expect.stringContaining('/id: Must be a UUID'), body: wrong, status: 201 });
  });

  it('allows an unknown property, which a newer server may send', async () => {
    const body = { ...testedOrganizationWith(), addedLater: 'x' };

    expect((await call(body, 201)).data).toEqual(body);
  });

  it('is off by default', async () => {
    expect((await call(wrong, 201, {})).data).toEqual(wrong);
  });
});
