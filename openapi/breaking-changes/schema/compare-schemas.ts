// Compares two schemas in one position. Requests may be loosened, responses may be tightened.
import { unescapeSegment } from '../../model/json-pointer.ts';
import { type Change, ChangeList, capitalize, type Direction, type Position } from './change.ts';
import { compareChoices } from './compare-choices.ts';
import { compareProperties } from './compare-properties.ts';
import { type Comparison, type Mode, VERSIONS } from './comparison.ts';
import { compareKeywords } from './keywords/compare-keywords.ts';
import type { Place } from './place.ts';
import { isSame } from './sameness.ts';
import { difference, intersection } from './sets.ts';
import { EXTEND, FORESEEN, foreseenBy } from './shape/extensible.ts';
import { isKnownFormat } from './shape/formats.ts';
import type { Shape, Type } from './shape/shape.ts';
import { shapeOf } from './shape/shape-of.ts';
import { acceptsValue, finiteValues, integerValues } from './shape/values.ts';
import { bare, show } from './text.ts';

/** Implements the interface that the comparisons of parts use. */
export class SchemaComparison implements Comparison {
  readonly position: Position;
  readonly changes = new ChangeList();
  readonly mode: Mode;
  readonly #label: string;
  readonly #seen: Set<string>;

  /** `label` names what the schema describes, such as "the parameter `limit`". */
  constructor(position: Position, label: string, mode: Mode = 'client', seen = new Set<string>()) {
    this.position = position;
    this.mode = mode;
    this.#label = label;
    this.#seen = seen;
  }

  compare(before: readonly Place[], after: readonly Place[]): void {
    const [old, now] = [before[0], after[0]];
    if (before.length === 1 && after.length === 1 && old && now && isSame(old, now)) return;
    if (this.mode === 'values' && this.#isStricter(before, after)) return;
    const key = [before, after].map((places) => places.map(identify).join()).join(`|${this.mode}|`);
    if (this.#seen.has(key)) return;
    const fork = this.#fork(this.mode, new Set([...this.#seen, key]));
    fork.compareShapes(shapeOf(before, this.position), shapeOf(after, this.position));
    this.changes.include(fork.changes.changes);
  }

  compareShapes(older: Shape, newer: Shape): void {
    const [before, after] = this.mode === 'values' ? [closed(older), closed(newer)] : [older, newer];
    this.#compareExtensible(before, after);
    if (this.#compareValues(before, after)) return;
    if (before.choices.length > 0 || after.choices.length > 0) {
      compareChoices(this, before, after);
      return;
    }
    this.#compareTypes(before, after);
    const common = intersection(before.types, after.types);
    compareKeywords(this, before, after, common);
    if (common.has('object')) compareProperties(this, before, after);
    this.#compareConditions(before, after);
  }

  try(compare: (comparison: Comparison) => void): readonly Change[] {
    const fork = this.#fork(this.mode, this.#seen);
    compare(fork);
    return fork.changes.changes;
  }

  isWithin(inner: Shape, outer: Shape): boolean {
    const fork = this.#fork('values', this.#seen);
    if (this.position === 'request') fork.compareShapes(inner, outer);
    else fork.compareShapes(outer, inner);
    return fork.changes.changes.every(({ effect }) => effect !== 'breaking');
  }

  report(direction: Direction, pair: readonly [Shape, Shape], keywords: string[], what: string, fallback = ''): void {
    const place = this.placeOf(pair, keywords, fallback);
    if (place) this.changes.values(this.position, direction, place, what);
  }

  placeOf(pair: readonly [Shape, Shape], keywords: string[], fallback = ''): Place | undefined {
    const [before, after] = pair;
    const find = (shape: Shape, names: string[]) => names.map((name) => shape.places.get(name)).find((place) => place);
    const others = [fallback, ''];
    return find(after, keywords) ?? find(before, keywords) ?? find(after, others) ?? find(before, others);
  }

  nameOf(...shapes: Shape[]): string {
    const path = shapes.map((shape) => shape.places.get('')?.path).find((each) => each !== undefined) ?? '';
    const [, name, rest = ''] = /.*\/properties\/([^/]+)(.*)$/.exec(path) ?? [];
    const whole = name === undefined ? this.#label : `\`${unescapeSegment(name)}\``;
    return (name === undefined ? path : rest).endsWith('/items') ? `the items of ${whole}` : whole;
  }

  /** Whether the inner schemas have all that the outer ones have. */
  #isStricter(before: readonly Place[], after: readonly Place[]): boolean {
    const [inner, outer] = this.position === 'request' ? [before, after] : [after, before];
    return outer.every((place) => inner.some((each) => isSame(each, place)));
  }

  #fork(mode: Mode, seen: Set<string>): SchemaComparison {
    return new SchemaComparison(this.position, this.#label, mode, seen);
  }

  /** Compares schemas whose values can be listed. Returns whether they can, so that nothing else need be compared. */
  #compareValues(before: Shape, after: Shape): boolean {
    const { position } = this;
    const [listedBefore, listedAfter] = [before, after].map((each) => finiteValues(each, position));
    if (!listedBefore && !listedAfter) return false;
    const [old, now] = [listedBefore ?? integerValues(before), listedAfter ?? integerValues(after)];
    const pair = [before, after] as const;
    const keywords = ['enum', 'const', 'oneOf', 'anyOf'];
    if (pair.every(({ places }) => places.get('enum')?.pointer === `${VERSIONS}/enum`)) return true;
    const name = this.nameOf(after, before);
    const lost = old?.filter((value) => !acceptsValue(after, value, position)) ?? [];
    const gained = now?.filter((value) => !acceptsValue(before, value, position)) ?? [];
    if (!now) this.#reportGained(pair, keywords, `${name} can have values that are not listed`);
    else if (gained.length > 0) this.#reportGained(pair, keywords, `${name} can be ${show(gained)}`, gained);
    if (!old) this.report('tightened', pair, keywords, `${name} can only be ${show(now ?? [])}`, 'type');
    else if (lost.length > 0)
      this.report('tightened', pair, [...keywords, 'format'], `${name} can no longer be ${show(lost)}`, 'type');
    const unknown = after.formats.find((each) => !isKnownFormat(each) && !before.formats.includes(each));
    if (unknown !== undefined) this.report('tightened', pair, ['format'], `${name} has the format ${unknown}`);
    return true;
  }

  /**
   * Reports a new `x-extensible`. Otherwise a first change could ask clients to expect further values, and a second one
   * could send them.
   */
  #compareExtensible(before: Shape, after: Shape): void {
    const place = after.places.get('x-extensible');
    if (this.position === 'request' || before.isExtensible || !after.isExtensible || !place) return;
    const what = `${capitalize(this.nameOf(after))} can have further values`;
    this.changes.breaking({ place, message: `${what}, which clients were not asked to expect.` });
  }

  /** Reports further values: `gained`, if they are listed. Clients expect only values of types that they know. */
  #reportGained(pair: readonly [Shape, Shape], keywords: string[], what: string, gained?: readonly unknown[]): void {
    const [before, after] = pair;
    const place = this.placeOf(pair, keywords, 'type');
    if (!place || this.position === 'request') {
      this.report('loosened', pair, keywords, what, 'type');
      return;
    }
    const isForeseen = () => {
      const foreseen = foreseenBy(before, this.position);
      return gained?.every((value) => acceptsValue(foreseen, value, this.position)) ?? this.isWithin(after, foreseen);
    };
    if (before.isExtensible && isForeseen())
      this.changes.added({ place, message: `${capitalize(what)}: clients have been asked to expect further values.` });
    else this.changes.values(this.position, 'loosened', place, what, before.isExtensible ? FORESEEN : EXTEND);
  }

  #compareTypes(before: Shape, after: Shape): void {
    const pair = [before, after] as const;
    const name = this.nameOf(after, before);
    const list = (types: Set<Type>) => (types.size > 3 ? 'of many types' : [...types].join(' or '));
    const lost = difference(before.types, after.types);
    const gained = difference(after.types, before.types);
    if (lost.size > 0) this.report('tightened', pair, ['type'], `${name} can no longer be ${list(lost)}`);
    if (gained.size > 0) this.report('loosened', pair, ['type'], `${name} can be ${list(gained)}`);
  }

  #compareConditions(before: Shape, after: Shape): void {
    const pair = [before, after] as const;
    const name = this.nameOf(after, before);
    const rest = [...after.conditions];
    for (const old of before.conditions) {
      const index = rest.findIndex((each) => bare(each.get('if')) === bare(old.get('if')));
      const [now] = index < 0 ? [] : rest.splice(index, 1);
      if (!now) this.report('loosened', pair, ['if'], `A condition of ${name} was removed`);
      const fork = this.#fork(this.mode === 'values' ? 'values' : 'condition', this.#seen);
      const branch = (place: Place, keyword: string) => [place.child(keyword) ?? []].flat();
      if (now) for (const keyword of ['then', 'else']) fork.compare(branch(old, keyword), branch(now, keyword));
      this.changes.include(fork.changes.changes);
    }
    if (rest.length > 0) this.report('tightened', pair, ['if'], `${name} has a new condition`);
  }
}

/** A copy of the shape that ignores what clients were asked to expect. */
function closed(shape: Shape): Shape {
  return { ...shape, isExtensible: false };
}

const roots = new WeakMap<object, number>();
let count = 0;

/** Both contracts have the same pointers, and values are compared in both directions. */
function identify({ root, pointer }: Place): string {
  const id = roots.get(root) ?? count++;
  roots.set(root, id);
  return `${id}${pointer}`;
}
