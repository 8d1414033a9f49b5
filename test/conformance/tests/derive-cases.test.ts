// Derives cases from contracts with other constraints: future constraints are covered, or reported as gaps.
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import { type Contract, operationsOf, type Parameter, type Schema } from '../../../openapi/model/contract.ts';
import { extendContract } from '../../support/contract/extended-contract.ts';
import type { Case } from '../cases/case.ts';
import { declaredIn } from '../reports/coverage.ts';
import { createSuite } from '../run/suite.ts';
import { SUBJECT } from './support/subject.ts';

function casesOf(extended: Contract): Case[] {
  const { cases } = createSuite({ contract: extended, subject: SUBJECT, seed: 1, combinations: 5 });
  return cases;
}

const SCHEMA = '/paths/~1things/put/requestBody/content/application~1json/schema';

/** The constraints of the new operation that no case violates. */
function gapsOf(extended: Contract): string[] {
  const invalid = new Set(
    casesOf(extended)
      .filter(({ expected }) => expected.kind === 'rejected')
      .flatMap((each) => [each.pointer, ...(each.alsoAt ?? [])]),
  );
  return declaredIn(extended)
    .filter(({ kind, pointer }) => kind === 'request constraint' && pointer.startsWith('/paths/~1things/'))
    .filter(({ pointer }) => !invalid.has(pointer))
    .map(({ pointer }) => pointer.replace(`${SCHEMA}/`, ''));
}

/** The number of constraints, so that a test without any fails. */
function countConstraints(extended: Contract): number {
  return declaredIn(extended).filter(({ pointer }) => pointer.startsWith(`${SCHEMA}/properties/it/`)).length;
}

const of = (schema: Schema): Schema => ({ type: 'object', required: ['it'], properties: { it: schema } });

const CASES = new URL('../cases/', import.meta.url);
/** These modules name parts of this project's contract. The command's suite does not need the second. */
const OF_OUR_CONTRACT = ['demands.ts', 'example-requests.ts'];
/** The modules that derive requests from any contract. */
const DERIVING_MODULES = [
  ...readdirSync(CASES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !OF_OUR_CONTRACT.includes(name))
    .map((name) => new URL(name, CASES)),
  new URL('../cases/schema.ts', import.meta.url),
];

describe('createSuite', () => {
  it('contains no operation, path or property name of the contract', async () => {
    const { properties = {} } = contract.components.schemas.NewCustomerOrganization ?? {};
    const names = operationsOf(contract).flatMap(({ path, operation }) => [path, operation.operationId]);

    const text = (await Promise.all(DERIVING_MODULES.map((file) => readFile(file, 'utf8'))))
      .join('\n')
      // Folders are named after what is tested.
      .replaceAll(/^.* from '.*';$/gm, '');

    expect([...names, ...Object.keys(properties)].filter((name) => text.includes(name))).toEqual([]);
  });

  it('expects another currency not to be a repeated request', () => {
    const extended = structuredClone(contract);
    const body = extended.components.schemas.NewCustomerOrganization;
    if (!body?.properties) throw new Error('The contract has no such body.');
    body.properties.currency = { type: 'string', enum: ['EUR', 'USD'] };
    body.required = [...Object.keys(body.properties)];

    const names = (each: Contract) => casesOf(each).filter(({ name }) => name.includes('reused for another currency'));

    expect(names(extended).map(({ expected }) => expected.kind)).toEqual(['rejected']);
    expect(names(contract)).toEqual([]);
  });

  it.each<[string, Schema]>([
    ['a number with limits', { type: 'number', minimum: 0.5, maximum: 9 }],
    ['a number with exclusive limits', { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 10 }],
    ['a multiple', { type: 'integer', multipleOf: 5 }],
    [
      'an array of unique items',
      { type: 'array', items: { type: 'string', enum: ['a', 'b'] }, uniqueItems: true, minItems: 1 },
    ],
    ['a nullable string', { type: ['string', 'null'], minLength: 3, maxLength: 5 }],
    ['a constant', { type: 'string', const: 'fixed' }],
    ['a number constant', { const: 7 }],
    ['a number enum', { type: 'integer', enum: [1, 2] }],
    ['a boolean', { type: 'boolean' }],
    ['a date', { type: 'string', format: 'date' }],
    ['a time', { type: 'string', format: 'date-time' }],
    ['an email address', { type: 'string', format: 'email', maxLength: 50 }],
    [
      'a nested object',
      {
        type: 'object',
        additionalProperties: false,
        required: ['a'],
        properties: { a: { type: 'string', minLength: 1 }, b: { type: 'integer', minimum: 3 } },
      },
    ],
    [
      'an object with property limits',
      { type: 'object', minProperties: 1, maxProperties: 2, additionalProperties: { type: 'string' } },
    ],
    [
      'an array of objects',
      { type: 'array', maxItems: 3, items: { type: 'object', required: ['a'], properties: { a: { type: 'number' } } } },
    ],
    ['alternatives', { oneOf: [{ type: 'string' }, { type: 'integer' }] }],
    ['any of several', { anyOf: [{ type: 'string' }, { type: 'integer' }] }],
    [
      'all of several objects',
      {
        allOf: [
          { type: 'object', required: ['a'], properties: { a: { type: 'string', minLength: 2 } } },
          { type: 'object', required: ['b'], properties: { b: { type: 'integer', maximum: 9 } } },
        ],
      },
    ],
  ])('violates every constraint of %s, and sends valid values', (_, schema) => {
    const extended = extendContract(of(schema));

    expect(gapsOf(extended)).toEqual([]);
    expect(countConstraints(extended)).toBeGreaterThan(0);
    expect(casesOf(extended).some(({ expected, rule }) => expected.kind === 'accepted' && rule === 'valid')).toBe(true);
  });

  it.each<[string, Parameter[]]>([
    [
      'a number query parameter',
      [{ name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100 } }],
    ],
    [
      'a required query parameter',
      [{ name: 'q', in: 'query', required: true, schema: { type: 'string', minLength: 2, maxLength: 9 } }],
    ],
    [
      'a required header',
      [{ name: 'X-It', in: 'header', required: true, schema: { type: 'string', enum: ['a', 'b'] } }],
    ],
    ['a boolean query parameter', [{ name: 'all', in: 'query', schema: { type: 'boolean' } }]],
    [
      'a list in the query',
      [{ name: 'ids', in: 'query', schema: { type: 'array', maxItems: 5, items: { type: 'integer', minimum: 2 } } }],
    ],
    [
      'a list separated by commas',
      [{ name: 'ids', in: 'query', explode: false, schema: { type: 'array', items: { type: 'string', enum: ['a'] } } }],
    ],
  ])('violates every constraint of %s', (_, parameters) => {
    expect(gapsOf(extendContract(undefined, parameters))).toEqual([]);
  });

  it('omits a body that is not required', () => {
    const cases = casesOf(extendContract(of({ type: 'string' }), [], false));

    const absent = cases.filter(({ request }) => request.body === undefined && request.method === 'PUT');
    expect(absent.map(({ expected }) => expected)).toEqual([{ kind: 'accepted' }]);
  });

  it('sends no body as malformed JSON that is empty, or valid', () => {
    const cases = casesOf(extendContract({ type: ['integer', 'null'] }));

    const malformed = cases.filter(({ expected }) => expected.kind === 'rejected' && expected.error === 'json');
    expect(malformed.length).toBeGreaterThan(5);
    expect(malformed.filter(({ request }) => !request.body?.length || /^\d+$/.test(String(request.body)))).toEqual([]);
  });

  it('combines no map that has too few properties', () => {
    const schema = { type: 'object', additionalProperties: { type: 'string' }, minProperties: 1 };

    const accepted = casesOf(extendContract(schema)).filter(
      ({ rule, expected }) => rule === 'combination' && expected.kind === 'accepted',
    );

    expect(accepted.length).toBeGreaterThan(0);
    expect(accepted.filter(({ request }) => String(request.body) === '{}')).toEqual([]);
  });

  it.each<[string, Schema, string[]]>([
    ['an unknown keyword', { type: 'string', unknownKeyword: 1 }, ['properties/it/unknownKeyword']],
  ])('reports %s as a gap', (_, schema, gaps) => {
    expect(gapsOf(extendContract(of(schema)))).toEqual(gaps);
  });
});
