// The estimated memory of a parsed JSON text, which a request must have before it is parsed.
import { describe, expect, it } from 'vitest';
import { estimateParsed } from '../../../server/edge/json/parsed-size.ts';
import { DEFAULT_CLIENT_MEMORY_MB } from '../../../server/edge/memory/memory-budget.ts';
import { ATTACK_BODIES } from '../../support/bodies/attack-bodies.ts';
import { MIB } from '../../support/units.ts';

const estimate = (text: string) => estimateParsed(Buffer.from(text));

describe('estimateParsed', () => {
  it.each(['[', '{', ':', ',', '\\"', '\\\\', '\\u005b'])('counts %s in a string as text', (text) => {
    const string = text.repeat(1000);

    expect(estimate(`"${string}"`)).toBe(2 * (string.length + 2) + 24);
    expect(estimate(`{"${string}":"${string}"}`)).toBe(estimate(`{"":""}`) + 4 * string.length);
    expect(estimate(`["${string}",[]]`)).toBe(estimate(`["",[]]`) + 2 * string.length);
  });

  it.each(['[', '{', ',', ':'])('counts %s between strings', (text) => {
    expect(estimate(`"a"${text}"b"`)).toBeGreaterThan(estimate(`"a""b"`) + 2);
  });

  it('ends with a text that ends in a string', () => {
    expect(estimate('"abc')).toBe(2 * 4 + 24);
    expect(estimate('"abc\\')).toBe(2 * 5 + 24);
  });

  const listOf = (item: string) => `[${`${item},`.repeat(MIB / (item.length + 1) - 1)}${item}]`;
  const MEASURED = {
    arrays: listOf('[]'),
    objects: listOf('{}'),
    properties: listOf('{"a":1.5}'),
    strings: listOf('"abcd"'),
    numbers: listOf('1.5'),
    'one string': JSON.stringify('[{:,'.repeat(MIB / 4)),
    'one string of wide characters': JSON.stringify(`${'a'.repeat(MIB)}\u20ac`),
  };
  it.each(Object.entries(MEASURED))('is at least what V8 uses: %s', (_, text) => {
    const measure = () => {
      const before = process.memoryUsage().heapUsed;
      const value = JSON.parse(text);
      const used = process.memoryUsage().heapUsed - before;
      expect(value).toBeTruthy();
      return used;
    };

    // The measurement itself takes some bytes, more at first. A collection of garbage only lowers the result.
    const used = Math.min(measure(), measure(), measure());
    expect(used).toBeLessThanOrEqual(estimate(text) + 4096);
  });
});

describe('a body of 1 MiB', () => {
  const names = Object.keys(ATTACK_BODIES).filter((name) => ATTACK_BODIES[name]?.type === 'InvalidRequest');

  it.each(names)('is never estimated at more than the default of CLIENT_MEMORY_MB: %s', (name) => {
    const body = ATTACK_BODIES[name]?.make(MIB) ?? expect.unreachable();

    expect(estimateParsed(body)).toBeLessThan(DEFAULT_CLIENT_MEMORY_MB * MIB);
  });
});
