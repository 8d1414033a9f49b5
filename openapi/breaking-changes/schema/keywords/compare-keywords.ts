// Compares the keywords of strings, numbers, lists and the size of objects.
import { FORMATS, isSubset, type StringLimits } from '../../../generator/compare-strings.ts';
import type { Direction } from '../change.ts';
import type { Comparison } from '../comparison.ts';
import { impliesFormat } from '../shape/formats.ts';
import { type Bound, integerBounds, type Shape, type Type } from '../shape/shape.ts';
import { compareRareKeywords } from './compare-rare-keywords.ts';
import { directionOfLists, limit } from './directions.ts';
import { type Pair, reportKeyword } from './report-keyword.ts';

const SIZES = {
  minItems: { type: 'array', isTighter: (before: number, after: number) => after > before },
  maxItems: { type: 'array', isTighter: (before: number, after: number) => after < before },
  minProperties: { type: 'object', isTighter: (before: number, after: number) => after > before },
  maxProperties: { type: 'object', isTighter: (before: number, after: number) => after < before },
} as const;

/** `types` are those that both schemas allow. */
export function compareKeywords(comparison: Comparison, before: Shape, after: Shape, types: Set<Type>): void {
  const pair = [before, after] as const;
  if (types.has('string')) compareStrings(comparison, pair);
  if (types.has('number')) compareNumbers(comparison, pair);
  for (const [keyword, { type, isTighter }] of Object.entries(SIZES)) {
    // Each key of SIZES is a field of a shape.
    const name = keyword as keyof typeof SIZES;
    if (!types.has(type) || before[name] === after[name]) continue;
    const direction = isTighter(before[name], after[name]) ? 'tightened' : 'loosened';
    // A keyword that other keywords imply changes nothing.
    const implied = direction === 'tightened' ? sizeOf(before, name) : sizeOf(after, name);
    const stricter = direction === 'tightened' ? after[name] : before[name];
    if (!isTighter(implied, stricter)) continue;
    reportKeyword(comparison, direction, pair, [name], before[name], after[name]);
  }
  if (types.has('array')) {
    const direction = after.uniqueItems ? 'tightened' : 'loosened';
    // A list of at most one item has unique items.
    const canRepeat = (after.uniqueItems ? before : after).maxItems > 1;
    if (before.uniqueItems !== after.uniqueItems && canRepeat) {
      reportKeyword(comparison, direction, pair, ['uniqueItems'], before.uniqueItems, after.uniqueItems);
    }
    compareItems(comparison, pair);
  }
  compareRareKeywords(comparison, pair, types);
}

/** The limit of a size that results from all keywords together. */
function sizeOf(shape: Shape, keyword: keyof typeof SIZES): number {
  const { required, properties, additional, others } = shape;
  if (keyword === 'minProperties') return Math.max(shape.minProperties, required.size);
  if (keyword === 'maxProperties' && additional === false && !others.has('patternProperties'))
    return Math.min(shape.maxProperties, properties.size);
  return shape[keyword];
}

function compareItems(comparison: Comparison, pair: Pair): void {
  const [before, after] = pair.map(({ items }) => items);
  if (!before || !after) return;
  if (before.length > 0 && after.length > 0) comparison.compare(before, after);
  else if (comparison.try((each) => each.compare(before, after)).length > 0) {
    const [direction, what] =
      before.length > 0 ? (['loosened', 'anything'] as const) : (['tightened', 'limited'] as const);
    comparison.report(direction, pair, ['items'], `The items of ${comparison.nameOf(...pair)} are ${what}`);
  }
}

function compareStrings(comparison: Comparison, pair: Pair): void {
  const [before, after] = pair;
  const changed: [keyword: string, direction: Direction, before: unknown, after: unknown][] = [];
  if (before.minLength !== after.minLength)
    changed.push([
      'minLength',
      after.minLength > before.minLength ? 'tightened' : 'loosened',
      before.minLength,
      after.minLength,
    ]);
  if (before.maxLength !== after.maxLength)
    changed.push([
      'maxLength',
      after.maxLength < before.maxLength ? 'tightened' : 'loosened',
      before.maxLength,
      after.maxLength,
    ]);
  const patterns = directionOfPatterns(pair);
  if (patterns) changed.push(['pattern', patterns, before.patterns.join(' '), after.patterns.join(' ')]);
  const formats = directionOfLists(before.formats, after.formats, impliesFormat);
  if (formats) changed.push(['format', formats, before.formats.join(' '), after.formats.join(' ')]);
  if (changed.length === 0) return;
  // Lengths or a format that a pattern implies change nothing.
  const isCombined = [...before.patterns, ...after.patterns, ...before.formats, ...after.formats].length > 0;
  const [old, now] = [withFormats(before, after), withFormats(after, before)];
  const canLose = !isCombined || isSubset(old, now) !== true;
  const canGain = !isCombined || isSubset(now, old) !== true;
  for (const [keyword, direction, was, is] of changed) {
    const actual = limit(direction, canLose, canGain);
    if (actual) reportKeyword(comparison, actual, pair, [keyword], was, is);
  }
}

/**
 * Replaces formats by equivalent patterns. Any other format, unless both have it, is a pattern that cannot be compared.
 */
function withFormats({ minLength, maxLength, patterns, formats }: Shape, other: Shape): StringLimits {
  const own = formats.filter((each) => each in FORMATS || !other.formats.includes(each));
  return { minLength, maxLength, patterns: [...patterns, ...own.map((each) => FORMATS[each] ?? `(?=${each})`)] };
}

/** Compares patterns alone. */
function directionOfPatterns([before, after]: Pair): Direction | undefined {
  if (!directionOfLists(before.patterns, after.patterns)) return undefined;
  const [old, now] = [before, after].map(({ patterns }) => ({
    minLength: 0,
    maxLength: Number.POSITIVE_INFINITY,
    patterns,
  }));
  return old && now && limit('changed', isSubset(old, now) !== true, isSubset(now, old) !== true);
}

function compareNumbers(comparison: Comparison, pair: Pair): void {
  const [before, after] = pair;
  const areIntegers = pair.some(({ steps }) => steps.some((step) => Number.isInteger(step)));
  const [old, now] = areIntegers ? pair.map(integerBounds) : pair;
  if (!old || !now) return;
  const compareBound = (keyword: 'minimum' | 'maximum', exclusive: string, sign: 1 | -1) => {
    const [was, is] = [old[keyword], now[keyword]];
    if (was.value === is.value && was.exclusive === is.exclusive) return;
    const isTighter = was.value === is.value ? is.exclusive : sign * is.value > sign * was.value;
    const direction = isTighter ? 'tightened' : 'loosened';
    reportKeyword(comparison, direction, pair, [keyword, exclusive], showBound(was), showBound(is), 'format');
  };
  compareBound('minimum', 'exclusiveMinimum', 1);
  compareBound('maximum', 'exclusiveMaximum', -1);
  const divides = (steps: readonly number[], step: number) => steps.some((each) => Number.isInteger(each / step));
  const direction = limit(
    'changed',
    after.steps.some((step) => !divides(before.steps, step)),
    before.steps.some((step) => !divides(after.steps, step)),
  );
  if (direction) {
    const showSteps = (steps: readonly number[]) => (steps.length > 0 ? `multiples of ${steps.join(', ')}` : undefined);
    const isOfType = [...before.steps, ...after.steps].every((step) => step === 1);
    if (isOfType) {
      const name = comparison.nameOf(after, before);
      const what = direction === 'tightened' ? `${name} can only be an integer` : `${name} can have fractions`;
      comparison.report(direction, pair, ['type'], what, 'multipleOf');
    } else
      reportKeyword(
        comparison,
        direction,
        pair,
        ['multipleOf'],
        showSteps(before.steps),
        showSteps(after.steps),
        'type',
      );
  }
}

function showBound({ value, exclusive }: Bound): unknown {
  return exclusive ? `${value} (exclusive)` : value;
}
