// The examples of the contract are valid, and repeat those of the published page verbatim.
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { contract } from '../../generated/contract.ts';
import { errorTypes } from '../../generated/operations.ts';
import type { MediaType, Schema } from '../../openapi/model/contract.ts';
import { requestExamples, requestExamplesOf, responseExamplesOf } from '../support/contract/operation.ts';
import { testedContract } from '../support/contract/tested-version.ts';

interface Case {
  name: string;
  schema: Schema;
  value: unknown;
}

/** Every example in the contract, with its schema. */
function collect(node: unknown, path: string[] = []): Case[] {
  if (typeof node !== 'object' || node === null) return [];
  const { schema, example, examples, value } = node as Record<string, unknown>; // Any object of the contract.
  const name = path.join('/');
  const own: Case[] = [];
  if (schema && example !== undefined) own.push({ name, schema: schema as Schema, value: example });
  if (schema && examples) {
    for (const [key, each] of Object.entries(examples as NonNullable<MediaType['examples']>))
      own.push({ name: `${name}#${key}`, schema: schema as Schema, value: each.value });
  }
  if (!schema && Array.isArray(examples)) {
    own.push(...examples.map((each, index) => ({ name: `${name}#${index}`, schema: node as Schema, value: each })));
  }
  if (value !== undefined && path.at(-2) === 'examples') return own;
  return [...own, ...Object.entries(node).flatMap(([key, child]) => collect(child, [...path, key]))];
}

const cases = collect(contract);

describe('the examples of the contract', () => {
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv);

  it.each(cases)('match their schema: $name', ({ schema, value }) => {
    const validate = ajv.compile({ ...schema, components: contract.components });

    validate(value);

    expect(validate.errors ?? []).toEqual([]);
  });

  it('include those of requests, responses, errors, headers, parameters and schemas', () => {
    const locations = [
      'requestBody',
      'responses/201',
      'responses/BadRequest',
      'x-fallback-responses/404',
      'headers/RetryAfter',
      'parameters/IdempotencyKey',
      'schemas/CustomerId',
    ];

    expect(locations.filter((location) => !cases.some(({ name }) => name.includes(location)))).toEqual([]);
  });
});

describe('the examples of the published page', () => {
  it('include its request as asPublished', () => {
    expect(requestExamplesOf(testedContract).asPublished?.value).toEqual({
      ownerId: '50af5191-05a3-42a5-802a-6b59091157af',
      memberIds: ['e309e948-088e-4d77-b654-cd85498f1555', '50af5191-05a3-42a5-802a-6b59091157af'],
    });
  });

  it('include its response as publishedResponse', () => {
    // Additions of the contract to the response are beside it.
    expect(responseExamplesOf(201).publishedResponse?.value).toMatchObject({
      id: 'c0dc4e79-ec52-4811-8cf5-addb2527915c',
      owner: { id: '50af5191-05a3-42a5-802a-6b59091157af', name: 'FinTech Solutions Inc.' },
      members: [
        { id: 'e309e948-088e-4d77-b654-cd85498f1555', name: 'Fintech Payment Processing' },
        { id: '50af5191-05a3-42a5-802a-6b59091157af', name: 'Fintech Lending Services' },
      ],
    });
  });

  it('have a response for each request, under the same name', () => {
    expect(Object.keys(responseExamplesOf(201))).toEqual([...Object.keys(requestExamples), 'publishedResponse']);
  });
});

describe('the error table on the reference page', () => {
  const rows = [...String(contract.info.description).matchAll(/^\| (\d{3}) \| `(\w+)` \|/gm)].map(
    ([, status, type]) => [type, Number(status)],
  );

  it('lists every error type with its status, and no other', () => {
    expect(Object.fromEntries(rows)).toEqual(
      Object.fromEntries(Object.entries(errorTypes).map(([type, { status }]) => [type, status])),
    );
  });
});
