// The blocks of a large response are, together, what JSON.stringify returns.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serializeBlocks } from '../../../server/edge/json/serialize-json.ts';

const numbers = (length: number) => Array.from({ length }, (_, index) => index);

describe('serializeBlocks', () => {
  it('returns the text of any value', () => {
    const long = fc.constantFrom(0, 1, 1023, 1024, 1025, 2048, 2049, 3000).map(numbers);
    const value = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.string({ unit: 'grapheme' }), fc.oneof(long, fc.jsonValue(), fc.record({ list: long }))),
      long,
    );
    fc.assert(
      fc.property(value, (each) => {
        expect([...serializeBlocks(each)].join('')).toBe(JSON.stringify(each));
      }),
    );
  });

  it.each([
    ['undefined properties', { a: undefined, b: 1, c: undefined }],
    ['only undefined properties', { a: undefined }],
    ['dates', { at: new Date(0), all: { at: new Date(1) } }],
    ['undefined items', [...numbers(1024), undefined]],
    ['null', { error: null }],
  ])('returns the text of a value with %s', (_, value) => {
    expect([...serializeBlocks(value)].join('')).toBe(JSON.stringify(value));
  });

  it('divides an array of many items, however deep in objects', () => {
    const blocks = [...serializeBlocks({ error: { details: numbers(5000) } })];

    expect(blocks.length).toBeGreaterThan(4);
    expect(Math.max(...blocks.map((text) => text.split(',').length))).toBeLessThanOrEqual(1025);
  });
});
