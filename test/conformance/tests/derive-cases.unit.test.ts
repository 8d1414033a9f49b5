// The derivation on a contract that asks more of it than ours does: what is added tomorrow is covered tomorrow, or named as a gap.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import { type Contract, operationsOf, type Parameter, type Schema } from '../../../openapi/model/contract.ts';
import { entryIn } from '../../support/operation.ts';
import type { Case } from '../case.ts';
import { declaredIn } from '../coverage.ts';
import { planSuite } from '../suite.ts';
import { SUBJECT } from './subject.ts';

/** The contract with another operation in the place of ours, which takes such a body and such parameters. */
function extend(body: Schema | undefined, parameters: Parameter[] = [], required = true): Contract {
  const larger = structuredClone(contract);
  const { responses } = entryIn(larger).operation;
  larger.paths = {
    '/things': {
      put: {
        operationId: 'putThing',
        summary: 'Put a thing',
        parameters,
        ...(body && { requestBody: { required, content: { 'application/json': { schema: body } } } }),
        responses,
      },
    },
  };
  return larger;
}

function casesOf(larger: Contract): Case[] {
  const { cases } = planSuite({ contract: larger, subject: SUBJECT, seed: 1, combinations: 5 });
  return cases;
}

const SCHEMA = '/paths/~1things/put/requestBody/content/application~1json/schema';

/** The constraints of the new operation that no case breaks, and that a run would name therefore. */
function gapsOf(larger: Contract): string[] {
  const broken = new Set(
    casesOf(larger)
      .filter(({ expected }) => expected.kind === 'refused')
      .flatMap((each) => [each.pointer, ...(each.alsoAt ?? [])]),
  );
  return declaredIn(larger)
    .filter(({ kind, pointer }) => kind === 'request constraint' && pointer.startsWith('/paths/~1things/'))
    .filter(({ pointer }) => !broken.has(pointer))
    .map(({ pointer }) => pointer.replace(`${SCHEMA}/`, ''));
}

/** How many constraints there are to break, so that a test of none is noticed. */
function countConstraints(larger: Contract): number {
  return declaredIn(larger).filter(({ pointer }) => pointer.startsWith(`${SCHEMA}/properties/it/`)).length;
}

const of = (schema: Schema): Schema => ({ type: 'object', required: ['it'], properties: { it: schema } });

/** Everything that derives requests from the contract. */
const DERIVING = [
  ...['derive-cases', 'request-builder', 'schema', 'valid-values', 'invalid-values', 'http-cases', 'protocol-cases'],
  ...['random-cases', 'case'],
].map((name) => new URL(`../${name}.ts`, import.meta.url));

describe('the derivation', () => {
  it('knows no operation, path or property of the contract by name', async () => {
    const { properties = {} } = contract.components.schemas.NewCustomerOrganization ?? {};
    const names = operationsOf(contract).flatMap(({ path, operation }) => [path, operation.operationId]);

    const text = (await Promise.all(DERIVING.map((file) => readFile(file, 'utf8')))).join('\n');

    expect([...names, ...Object.keys(properties)].filter((name) => text.includes(name))).toEqual([]);
  });

  it.each<[string, Schema]>([
    ['a number between limits', { type: 'number', minimum: 0.5, maximum: 9 }],
    ['a number between limits that are not in it', { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 10 }],
    ['a multiple', { type: 'integer', multipleOf: 5 }],
    [
      'a list without repetitions',
      { type: 'array', items: { type: 'string', enum: ['a', 'b'] }, uniqueItems: true, minItems: 1 },
    ],
    ['a text or null', { type: ['string', 'null'], minLength: 3, maxLength: 5 }],
    ['a constant', { type: 'string', const: 'fixed' }],
    ['a constant that is no text', { const: 7 }],
    ['numbers that are listed', { type: 'integer', enum: [1, 2] }],
    ['a boolean', { type: 'boolean' }],
    ['a date', { type: 'string', format: 'date' }],
    ['a time', { type: 'string', format: 'date-time' }],
    ['an address', { type: 'string', format: 'email', maxLength: 50 }],
    [
      'an object in an object',
      {
        type: 'object',
        additionalProperties: false,
        required: ['a'],
        properties: { a: { type: 'string', minLength: 1 }, b: { type: 'integer', minimum: 3 } },
      },
    ],
    [
      'an object of as many properties',
      { type: 'object', minProperties: 1, maxProperties: 2, additionalProperties: { type: 'string' } },
    ],
    [
      'a list of objects',
      { type: 'array', maxItems: 3, items: { type: 'object', required: ['a'], properties: { a: { type: 'number' } } } },
    ],
  ])('breaks every constraint of %s, and sends valid ones', (_, schema) => {
    const larger = extend(of(schema));

    expect(gapsOf(larger)).toEqual([]);
    expect(countConstraints(larger)).toBeGreaterThan(0);
    expect(casesOf(larger).some(({ expected, rule }) => expected.kind === 'accepted' && rule === 'valid')).toBe(true);
  });

  it.each<[string, Parameter[]]>([
    [
      'a query parameter that is a number',
      [{ name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100 } }],
    ],
    [
      'a query parameter that is required',
      [{ name: 'q', in: 'query', required: true, schema: { type: 'string', minLength: 2, maxLength: 9 } }],
    ],
    [
      'a header that is required',
      [{ name: 'X-It', in: 'header', required: true, schema: { type: 'string', enum: ['a', 'b'] } }],
    ],
    ['a boolean in the query', [{ name: 'all', in: 'query', schema: { type: 'boolean' } }]],
  ])('breaks every constraint of %s', (_, parameters) => {
    expect(gapsOf(extend(undefined, parameters))).toEqual([]);
  });

  it('leaves out a body that is not required', () => {
    const cases = casesOf(extend(of({ type: 'string' }), [], false));

    const absent = cases.filter(({ request }) => request.body === undefined && request.method === 'PUT');
    expect(absent.map(({ expected }) => expected)).toEqual([{ kind: 'accepted' }]);
  });

  it.each<[string, Schema, string[]]>([
    ['a keyword of tomorrow', { type: 'string', aKeywordOfTomorrow: 1 }, ['properties/it/aKeywordOfTomorrow']],
    ['alternatives', { oneOf: [{ type: 'string' }, { type: 'integer' }] }, ['properties/it/oneOf']],
  ])('names %s as a gap', (_, schema, gaps) => {
    expect(gapsOf(extend(of(schema)))).toEqual(gaps);
  });
});
