// A schema in normal form: references and `allOf` are resolved, and equivalent keywords have one representation.
import type { Place } from '../place.ts';
import type { Closure } from './closures.ts';

const TYPES = ['null', 'boolean', 'number', 'string', 'array', 'object'] as const;
export type Type = (typeof TYPES)[number];

/** Alternatives: `oneOf` or `anyOf`. */
export interface Choice {
  keyword: 'oneOf' | 'anyOf';
  place: Place;
  alternatives: { key: string; places: Place[] }[];
}

/** The combined restrictions of one or several schemas. A missing list or keyword restricts nothing. */
export interface Shape {
  types: Set<Type>;
  /** The values of `enum` and `const`; undefined when they are not listed. */
  listed: unknown[] | undefined;
  minimum: Bound;
  maximum: Bound;
  /** The steps that numbers are a multiple of: 1 for integers. */
  steps: number[];
  minLength: number;
  maxLength: number;
  patterns: string[];
  formats: string[];
  minItems: number;
  maxItems: number;
  uniqueItems: boolean;
  items: Place[];
  minProperties: number;
  maxProperties: number;
  required: Set<string>;
  properties: Map<string, Place[]>;
  /** The schemas of other properties; `false` if none are allowed. */
  additional: Place[] | false;
  /** The schemas of properties that a schema does not name. */
  closures: Closure[];
  choices: Choice[];
  conditions: Place[];
  /** Keywords that are compared as written, with every occurrence. */
  others: Map<string, Place[]>;
  isExtensible: boolean;
  /** The last place of each keyword. */
  places: Map<string, Place>;
}

export interface Bound {
  value: number;
  exclusive: boolean;
}

/** A shape that allows everything. */
export function createShape(): Shape {
  return {
    types: new Set(TYPES),
    listed: undefined,
    minimum: { value: Number.NEGATIVE_INFINITY, exclusive: false },
    maximum: { value: Number.POSITIVE_INFINITY, exclusive: false },
    steps: [],
    minLength: 0,
    maxLength: Number.POSITIVE_INFINITY,
    patterns: [],
    formats: [],
    minItems: 0,
    maxItems: Number.POSITIVE_INFINITY,
    uniqueItems: false,
    items: [],
    minProperties: 0,
    maxProperties: Number.POSITIVE_INFINITY,
    required: new Set(),
    properties: new Map(),
    additional: [],
    closures: [],
    choices: [],
    conditions: [],
    others: new Map(),
    isExtensible: false,
    places: new Map(),
  };
}

/** The bounds of integers: greater than 0 means at least 1. */
export function integerBounds({
  minimum,
  maximum,
}: Pick<Shape, 'minimum' | 'maximum'>): Pick<Shape, 'minimum' | 'maximum'> {
  const least = minimum.exclusive ? Math.floor(minimum.value) + 1 : Math.ceil(minimum.value);
  const most = maximum.exclusive ? Math.ceil(maximum.value) - 1 : Math.floor(maximum.value);
  return { minimum: { value: least, exclusive: false }, maximum: { value: most, exclusive: false } };
}
