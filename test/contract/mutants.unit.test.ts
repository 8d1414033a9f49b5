// The mutants of `npm run mutate`: every constraint, whatever its keyword, and no description.
import { describe, expect, it } from 'vitest';
import { contract } from '../../generated/contract.ts';
import type { Contract } from '../../openapi/model/contract.ts';
import { mutate } from '../mutation/mutants.ts';
import { growContract } from '../support/contract/grown-contract.ts';

/** The mutants of the contract, each as its pointer and its change. */
const mutants = [...mutate(contract)];
const all = mutants.map(({ pointer, change }) => `${pointer} ${change}`);

/** The changes of the mutants of a schema with these keywords. */
function changesOf(schema: object): string[] {
  // `mutate` reads no other fields.
  const minimal = { openapi: '3.1.1', components: { schemas: { Some: schema } } } as unknown as Contract;
  return [...mutate(minimal)].map(
    ({ pointer, change }) => `${pointer.replace('/components/schemas/Some/', '')} ${change}`,
  );
}

describe('the mutants of operations of every supported kind', () => {
  it('loosen each of them, and leave webhooks, callbacks and links alone', () => {
    const grown = growContract();
    const { Pet = {}, Sized = {} } = grown.components.schemas;
    const added = Object.entries(grown.paths).filter(([path]) => !(path in contract.paths));
    // Each mutant is a copy, so unused parts are left out.
    const small = { ...grown, paths: Object.fromEntries(added), components: { schemas: { Pet, Sized } } };

    const pointers = [...mutate(small)].map(({ pointer, change }) => `${pointer} ${change}`);

    for (const expected of [
      '/paths/~1things~1{thing-id}/get/responses/304 removed',
      '/paths/~1things~1{thing-id}/get/parameters/1/schema/items/minLength removed',
      '/paths/~1things~1{thing-id}/patch/requestBody/content/application~1merge-patch+json of any media type',
      '/paths/~1jobs~1latest/get/responses/302 removed',
      '/components/schemas/Pet/oneOf removed',
      '/components/schemas/Sized/allOf/1/properties/size/exclusiveMinimum removed',
    ])
      expect(pointers).toContain(expected);
    expect(pointers.filter((each) => /webhooks|callbacks|links/.test(each))).toEqual([]);
  });
});

describe('mutate', () => {
  it.each<[object, string[]]>([
    [{ type: 'integer' }, ['type removed', 'type or null', 'type with fractions']],
    [{ type: ['string', 'null'] }, ['type removed']],
    [{ minLength: 0 }, ['minLength removed']],
    [{ minItems: 1 }, ['minItems removed', 'minItems 0 instead of 1']],
    [{ maximum: 9 }, ['maximum removed', 'maximum 10 instead of 9']],
    [{ exclusiveMinimum: 0 }, ['exclusiveMinimum removed', 'exclusiveMinimum -1 instead of 0']],
    [{ enum: ['a'] }, ['enum removed', 'enum with an additional value']],
    [{ const: 1, format: 'date', multipleOf: 5 }, ['const removed', 'format removed', 'multipleOf removed']],
    [{ required: ['a', 'b'] }, ['required/0 without a', 'required/1 without b']],
    [
      { pattern: '^a{2}$' },
      ['pattern removed', 'pattern without ^', 'pattern without $', 'pattern with {2} at 2 unbounded'],
    ],
    [{ additionalProperties: false, uniqueItems: true }, ['additionalProperties removed', 'uniqueItems removed']],
    [{ additionalProperties: true, uniqueItems: false }, []],
    [{ additionalProperties: { maxLength: 1 } }, expect.arrayContaining(['additionalProperties/maxLength removed'])],
    [{ items: { format: 'uuid' } }, ['items removed', 'items/format removed']],
    [{ properties: { a: { $ref: '#/x' } } }, ['properties/a removed', 'properties/a/$ref removed']],
    [
      { oneOf: [{ const: 1 }], not: { const: 2 } },
      ['oneOf removed', 'oneOf/0/const removed', 'not removed', 'not/const removed'],
    ],
    [{ unknownKeyword: 1 }, ['unknownKeyword removed']],
    [{ title: 'a', description: 'b', examples: [1], default: 2, 'x-a': 3 }, []],
  ])('mutates the schema %j', (schema, changes) => {
    expect(changesOf(schema)).toEqual(changes);
  });

  it('mutates credentials, statuses, headers, media types, parameters and required flags', () => {
    const operation = '/paths/~1customer-organizations/post';
    expect(all).toEqual(
      expect.arrayContaining([
        '/security removed',
        '/security or none',
        '/components/securitySchemes/basic/scheme bearer',
        `${operation}/parameters/0 removed`,
        `${operation}/requestBody/required removed`,
        `${operation}/requestBody/content/application~1json of any media type`,
        `${operation}/responses/409 removed`,
        '/components/responses/Unauthorized/headers/WWW-Authenticate removed',
        '/components/headers/RequestId/required removed',
        '/x-fallback-responses/405/headers/Allow/required removed',
      ]),
    );
  });

  it('mutates limits, the order of checks, statuses, versions and the credentials of an operation', () => {
    const checks = contract['x-order-of-checks'] ?? [];

    expect(all).toEqual(
      expect.arrayContaining([
        '/info/version 2099-01-01',
        '/components/schemas/ApiVersion/enum with an additional value',
        '/paths/~1customer-organizations/post/security none',
        '/paths/~1customer-organizations/post/responses/418 added',
        '/x-fallback-responses/404 removed',
        '/x-fallback-responses/418 added',
        '/x-limits removed',
        '/x-limits/requestBodyBytes removed',
        '/x-limits/requestBodyBytes/value 1048577 instead of 1048576',
        '/x-limits/requestBodyBytes/value 1048575 instead of 1048576',
        '/x-limits/members/at removed',
        '/x-limits/members/at a value of 1 instead',
        '/x-order-of-checks removed',
        ...checks.map((name, index) => `/x-order-of-checks/${index} without ${name}`),
        ...checks.slice(1).map((name, index) => `/x-order-of-checks ${name} before ${checks[index]}`),
      ]),
    );
    for (const name of Object.keys(contract['x-limits'] ?? {})) expect(all).toContain(`/x-limits/${name} removed`);
  });

  it('yields mutants that differ from the contract and from each other', () => {
    const texts = [contract, ...mutants.map((mutant) => mutant.contract)].map((each) => JSON.stringify(each));

    expect(new Set(texts).size).toBe(texts.length);
  });

  it('throws for an unknown field', () => {
    const extended = { ...contract, conditions: {} };

    expect(() => [...mutate(extended)]).toThrow('Unknown field conditions at /conditions');
  });
});
