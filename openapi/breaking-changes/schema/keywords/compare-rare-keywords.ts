// Compares keywords that few contracts use, in the way that validators interpret them. An undecidable change counts as
// both narrower and wider.
import type { Direction } from '../change.ts';
import type { Comparison } from '../comparison.ts';
import type { Place } from '../place.ts';
import { isSame, isSameAs } from '../sameness.ts';
import type { Shape, Type } from '../shape/shape.ts';
import { bare } from '../text.ts';
import { comparePatternProperties } from './compare-pattern-properties.ts';
import { comparePrefixItems } from './compare-prefix-items.ts';
import { directionOfLists, limit } from './directions.ts';
import { type Pair, reportKeyword } from './report-keyword.ts';

type Rule = (comparison: Comparison, pair: Pair, keyword: string) => void;

/** The rules of keywords, by the type of the values that they restrict. */
const RULES: Partial<Record<Type, Record<string, Rule>>> = {
  string: { contentEncoding: compareNames, contentMediaType: compareNames },
  array: { contains: compareContains, minContains: ignore, maxContains: ignore, prefixItems: comparePrefixItems },
  object: {
    dependentRequired: compareDependentRequired,
    propertyNames: comparePropertyNames,
    patternProperties: comparePatternProperties,
  },
};

/** Keywords whose values are schemas. */
const SCHEMAS = new Set(['unevaluatedItems', 'unevaluatedProperties']);

/** `types` are those that both schemas allow. An unknown keyword counts as a restriction. */
export function compareRareKeywords(comparison: Comparison, pair: Pair, types: ReadonlySet<Type>): void {
  const [before, after] = pair;
  for (const keyword of new Set([...before.others.keys(), ...after.others.keys()])) {
    const [type, rules] = Object.entries(RULES).find(([, each]) => keyword in each) ?? [];
    const rule = rules?.[keyword];
    if (rule && type && !types.has(type as Type)) continue; // The keys of RULES are types.
    if (rule) rule(comparison, pair, keyword);
    else compareUnknown(comparison, pair, keyword);
  }
}

/** `compareContains` covers these keywords. */
function ignore(): void {}

function compareUnknown(comparison: Comparison, pair: Pair, keyword: string): void {
  const [old = [], now = []] = pair.map(({ others }) => others.get(keyword));
  if (SCHEMAS.has(keyword) && old.length === 1 && now.length === 1) comparison.compare(old, now);
  else reportLists(comparison, pair, keyword, [old, now].map(textsOf));
}

function textsOf(places: readonly Place[]): string[] {
  return places.map(({ value }) => bare(value));
}

function reportLists(
  comparison: Comparison,
  pair: Pair,
  keyword: string,
  [old = [], now = []]: readonly (readonly string[])[],
): void {
  const direction = directionOfLists(old, now);
  if (direction) reportKeyword(comparison, direction, pair, [keyword], old.join(), now.join());
}

/**
 * Compares names without regard to letter case, except in the values of parameters (RFC 2045, sections 5.1 and 6.1).
 */
function compareNames(comparison: Comparison, pair: Pair, keyword: string): void {
  const lower = ({ value }: Place) => String(value).replace(/^[^;]*/, (name) => name.trim().toLowerCase());
  reportLists(
    comparison,
    pair,
    keyword,
    pair.map(({ others }) => (others.get(keyword) ?? []).map(lower)),
  );
}

/** A property that another one requires, unless it is required anyway. */
function compareDependentRequired(comparison: Comparison, pair: Pair, keyword: string): void {
  const [old = [], now = []] = pair.map(({ others, required }) => {
    const rules = (others.get(keyword) ?? []).flatMap(({ value }) => Object.entries(Object(value)));
    return rules.flatMap(([name, needed]) =>
      [needed].flat().flatMap((each) => (required.has(String(each)) || each === name ? [] : [bare([name, each])])),
    );
  });
  // A rule about a property that one side always requires restricts nothing there, but may restrict the other side.
  const [before, after] = pair;
  const isRequired =
    ({ required }: Shape) =>
    (rule: string) =>
      required.has(String(JSON.parse(rule)[1]));
  const direction = limit(
    'changed',
    now.some((rule) => !old.includes(rule) && !isRequired(before)(rule)),
    old.some((rule) => !now.includes(rule) && !isRequired(after)(rule)),
  );
  if (direction) reportKeyword(comparison, direction, pair, [keyword], old.join(), now.join());
}

/** Names are strings, whether or not a schema says so. */
function comparePropertyNames(comparison: Comparison, pair: Pair, keyword: string): void {
  const [old = [], now = []] = pair.map(({ others }) => others.get(keyword));
  const [place] = [...now, ...old];
  if (!place) return;
  const string = place.with({ type: 'string' });
  comparison.compare([...old, string], [...now, string]);
}

/** `contains` with the keywords that count. */
interface Count {
  schema: Place;
  least: number;
  most: number;
}

function countsOf({ others }: Shape): Count[] {
  const numberAt = (keyword: string, { pointer }: Place) => {
    const parent = pointer.replace(/[^/]*$/, '');
    const found = others.get(keyword)?.find((each) => each.pointer === parent + keyword);
    return found && Number(found.value);
  };
  return (others.get('contains') ?? [])
    .map((schema) => ({
      schema,
      least: numberAt('minContains', schema) ?? 1,
      most: numberAt('maxContains', schema) ?? Number.POSITIVE_INFINITY,
    }))
    .filter(({ least, most }) => least > 0 || most !== Number.POSITIVE_INFINITY);
}

function compareContains(comparison: Comparison, pair: Pair, keyword: string): void {
  const [olds = [], nows = []] = pair.map(countsOf);
  const [old, now] = [olds[0], nows[0]];
  const isCertain = olds.length <= 1 && nows.length <= 1 && pair.every(({ others }) => !others.has('unevaluatedItems'));
  const report = (direction: Direction | undefined, texts = [olds, nows].map((each) => each.map(describe).join())) => {
    if (direction) reportKeyword(comparison, direction, pair, [keyword], texts[0], texts[1]);
  };
  if (!isCertain) {
    const texts = [olds, nows].map((each) => each.map(describe).sort().join());
    if (texts[0] !== texts[1] || !olds.every(({ schema }, at) => isSameAs(schema, nows[at]?.schema))) report('changed');
    return;
  }
  if (!old || !now) {
    if (old || now) report(old ? 'loosened' : 'tightened');
    return;
  }
  const isUnchanged = isSame(old.schema, now.schema);
  const counts = limit(
    'changed',
    now.least > old.least || now.most < old.most,
    now.least < old.least || now.most > old.most,
  );
  const areUnlimited = [old, now].every(({ least, most }) => least > 0 && most === Number.POSITIVE_INFINITY);
  // A wider `contains` schema leaves fewer lists with few matching items.
  if (!isUnchanged && !areUnlimited) report('changed');
  else {
    if (!isUnchanged) comparison.compare([old.schema], [now.schema]);
    report(counts);
  }
}

function describe({ schema, least, most }: Count): string {
  return `${least} to ${most === Number.POSITIVE_INFINITY ? 'any number' : most} of ${bare(schema.value)}`;
}
