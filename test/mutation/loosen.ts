// How each constraint is loosened: by its keyword, with everything that is not known removed as a whole.
import { escapeSegment } from '../conformance/case.ts';
import type { Field, Kind } from './structure.ts';

export interface Alteration {
  pointer: string;
  /** What is done to it. */
  change: string;
  alter(parent: Record<string, unknown>, key: string): void;
}

type Loosen = (field: Field) => Alteration[];

/** Every way to loosen what a field says. Throws at a field of which it is not known whether it is a constraint. */
export function loosen(field: Field): Alteration[] {
  const { kind, key, pointer } = field;
  const way = LOOSENERS[kind][key];
  if (way) return way(field);
  // Whatever else a schema says is a constraint.
  if (kind === 'schema') return removed(field);
  if (key === '$ref') return [];
  throw new Error(`Nobody knows how to loosen ${key} at ${pointer}: teach it to test/mutation.`);
}

const remove: Alteration['alter'] = (parent, key) => {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
};

const removed: Loosen = ({ pointer }) => [{ pointer, change: 'removed', alter: remove }];
const nothing: Loosen = () => [];

function replaced(pointer: string, change: string, value: unknown): Alteration {
  return {
    pointer,
    change,
    alter: (parent, key) => {
      parent[key] = value;
    },
  };
}

/** Each entry of a list or a map on its own. */
const removedEach: Loosen = ({ value, pointer }) =>
  Object.keys(Object(value)).map((name) => ({
    pointer: `${pointer}/${escapeSegment(name)}`,
    change:
      Array.isArray(value) && typeof value[Number(name)] === 'string' ? `without ${value[Number(name)]}` : 'removed',
    alter: remove,
  }));

const ifTrue: Loosen = (field) => (field.value === true ? removed(field) : []);
const unlessTrue: Loosen = (field) => (field.value === true ? [] : removed(field));

/** One less, or one more. */
const limit =
  (step: 1 | -1, least = Number.NEGATIVE_INFINITY): Loosen =>
  (field) => {
    const looser = Number(field.value) + step;
    return [
      ...removed(field),
      ...(looser < least ? [] : [replaced(field.pointer, `${looser} instead of ${field.value}`, looser)]),
    ];
  };

const type: Loosen = (field) => {
  const types = [field.value].flat();
  const wider = types.includes('integer') ? types.map((each) => (each === 'integer' ? 'number' : each)) : undefined;
  return [
    ...removed(field),
    ...(types.includes('null') ? [] : [replaced(field.pointer, 'or null', [...types, 'null'])]),
    ...(wider ? [replaced(field.pointer, 'with fractions', wider)] : []),
  ];
};

/** Without each of its ends, and with each counted repetition unlimited. */
const pattern: Loosen = (field) => {
  const text = String(field.value);
  const looser: [change: string, pattern: string][] = [
    ...(text.startsWith('^') ? [['with anything in front', text.slice(1)] as [string, string]] : []),
    ...(text.endsWith('$') ? [['with anything behind', text.slice(0, -1)] as [string, string]] : []),
    ...[...text.matchAll(/\{(\d+)\}/g)].map(({ index, 0: found, 1: count }): [string, string] => [
      `with ${found} at ${index} without end`,
      `${text.slice(0, index)}{${count},}${text.slice(index + found.length)}`,
    ]),
  ];
  return [...removed(field), ...looser.map(([change, value]) => replaced(field.pointer, change, value))];
};

const enumeration: Loosen = (field) => [
  ...removed(field),
  replaced(field.pointer, 'with one value more', [...[field.value].flat(), 'Mutant']),
];

const security: Loosen = (field) => [
  ...removed(field),
  replaced(field.pointer, 'or none at all', [...[field.value].flat(), {}]),
];

const openMediaTypes: Loosen = ({ value, pointer }) =>
  Object.keys(Object(value)).map((name) => ({
    pointer: `${pointer}/${escapeSegment(name)}`,
    change: 'of any media type',
    alter: (parent, key) => {
      parent['*/*'] = parent[key];
      delete parent[key];
    },
  }));

/** Where nothing is said here, the parts below say it. */
const LOOSENERS: Record<Kind, Record<string, Loosen>> = {
  // A path or a component that is removed is no looser constraint: what refers to it would be broken.
  document: { paths: nothing, components: nothing, security, 'x-fallback-responses': nothing },
  components: {
    ...{ schemas: nothing, responses: nothing, parameters: nothing, headers: nothing },
    ...{ requestBodies: nothing, securitySchemes: nothing },
  },
  pathItem: {
    parameters: removedEach,
    ...{ get: nothing, put: nothing, post: nothing, delete: nothing },
    ...{ options: nothing, head: nothing, patch: nothing, trace: nothing },
  },
  operation: { parameters: removedEach, requestBody: nothing, responses: removedEach, security },
  parameter: { required: ifTrue, schema: nothing, content: nothing, allowEmptyValue: nothing },
  header: { required: ifTrue, schema: nothing, content: nothing },
  requestBody: { required: ifTrue, content: openMediaTypes },
  response: { headers: removedEach, content: openMediaTypes },
  mediaType: { schema: nothing },
  securityScheme: {
    type: nothing,
    scheme: ({ pointer }) => [replaced(pointer, 'another one', 'bearer')],
    ...{ bearerFormat: nothing, in: removed, name: removed, flows: removed, openIdConnectUrl: removed },
  },
  schema: {
    ...{ type, pattern, enum: enumeration, required: removedEach, properties: removedEach },
    ...{ minLength: limit(-1, 0), minItems: limit(-1, 0), minProperties: limit(-1, 0), minContains: limit(-1, 0) },
    ...{ minimum: limit(-1), exclusiveMinimum: limit(-1), maximum: limit(1), exclusiveMaximum: limit(1) },
    ...{ maxLength: limit(1), maxItems: limit(1), maxProperties: limit(1), maxContains: limit(1) },
    ...{ uniqueItems: ifTrue, additionalProperties: unlessTrue, unevaluatedProperties: unlessTrue },
    unevaluatedItems: unlessTrue,
  },
};
