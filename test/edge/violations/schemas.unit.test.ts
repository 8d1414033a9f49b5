// The length of strings, which the edge measures itself, as ajv does.
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contract } from '../../../generated/contract.ts';
import { createCheckCompiler } from '../../../server/edge/violations/schemas.ts';

const compile = createCheckCompiler(contract);

describe('a check of the length of a string', () => {
  it('counts characters as ajv does, also those of two code units and halves of them', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', 'é', '😀', '\ud83d', '\ude00'), maxLength: 8 });
    const limits = fc.tuple(fc.nat(5), fc.nat(8));
    const ajv = new Ajv();
    fc.assert(
      fc.property(texts, limits, (text, [minLength, maxLength]) => {
        const schema = { type: 'string', minLength, maxLength };

        expect(compile(schema)(text)).toBe(ajv.validate(schema, text));
      }),
    );
  });

  it('ignores values of other types', () => {
    expect([12, [], {}, null, true].map(compile({ minLength: 3, maxLength: 4 }))).toEqual(Array(5).fill(true));
  });
});
