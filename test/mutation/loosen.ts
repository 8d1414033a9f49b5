// Loosens each constraint, by keyword. Unknown keywords are removed.
import { escapeSegment } from '../../openapi/model/json-pointer.ts';
import type { Field, Kind } from './structure.ts';

export interface Alteration {
  pointer: string;
  /** A description of the change. */
  change: string;
  alter(parent: Record<string, unknown>, key: string): void;
}

type Loosen = (field: Field) => Alteration[];

/** Every way to loosen a field. Throws for an unknown field outside schemas, which may or may not be a constraint. */
export function loosen(field: Field): Alteration[] {
  const { kind, key, pointer } = field;
  const rule = LOOSENERS[kind][key];
  if (rule) return rule(field);
  // Every other schema keyword is a constraint.
  if (kind === 'schema') return removed(field);
  if (key === '$ref') return [];
  throw new Error(`Unknown field ${key} at ${pointer}. Add it to test/mutation/loosen.ts or structure.ts.`);
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

/** Removes each entry of a list or map, one per mutant. */
const removedEach: Loosen = ({ value, pointer }) =>
  Object.keys(Object(value)).map((name) => ({
    pointer: `${pointer}/${escapeSegment(name)}`,
    change:
      Array.isArray(value) && typeof value[Number(name)] === 'string' ? `without ${value[Number(name)]}` : 'removed',
    alter: remove,
  }));

const ifTrue: Loosen = (field) => (field.value === true ? removed(field) : []);
const unlessTrue: Loosen = (field) => (field.value === true ? [] : removed(field));

/** Moves a limit by one. */
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

/** Removes each anchor, and the upper bound of each repetition. */
const pattern: Loosen = (field) => {
  const text = String(field.value);
  const looser: [change: string, pattern: string][] = [
    ...(text.startsWith('^') ? [['without ^', text.slice(1)] as [string, string]] : []),
    ...(text.endsWith('$') ? [['without $', text.slice(0, -1)] as [string, string]] : []),
    ...[...text.matchAll(/\{(\d+)\}/g)].map(({ index, 0: found, 1: count }): [string, string] => [
      `with ${found} at ${index} unbounded`,
      `${text.slice(0, index)}{${count},}${text.slice(index + found.length)}`,
    ]),
  ];
  return [...removed(field), ...looser.map(([change, value]) => replaced(field.pointer, change, value))];
};

const enumeration: Loosen = (field) => [
  ...removed(field),
  replaced(field.pointer, 'with an additional value', [...[field.value].flat(), 'Mutant']),
];

const security: Loosen = (field) => [
  ...removed(field),
  replaced(field.pointer, 'or none', [...[field.value].flat(), {}]),
];

/** Removes the credentials of an operation that inherits them from the document. */
const operation: Loosen = ({ value, pointer }) =>
  Object.hasOwn(Object(value), 'security') ? [] : [replaced(`${pointer}/security`, 'none', [])];

/** A status that no contract of this project declares. */
const NEW_STATUS = '418';

const responses: Loosen = (field) => [
  ...removedEach(field),
  replaced(`${field.pointer}/${NEW_STATUS}`, 'added', { description: 'A response that clients do not expect.' }),
];

const limits: Loosen = (field) => [...removed(field), ...removedEach(field)];

/** Changes a limit with a value of its own. */
const stated: Loosen = ({ value, pointer }) =>
  [1, -1].map((step) => replaced(pointer, `${Number(value) + step} instead of ${value}`, Number(value) + step));

/** Removes a limit that points to a schema, or gives it a value of its own. */
const pointed: Loosen = (field) => [
  ...removed(field),
  ...[1, 1e9].map((number) => ({
    pointer: field.pointer,
    change: `a value of ${number} instead`,
    alter: (parent: Record<string, unknown>, key: string) => {
      delete parent[key];
      parent.value = number;
    },
  })),
];

/** Removes each check, and changes the order of each two neighbours. */
const order: Loosen = (field) => {
  const names = [field.value].flat();
  const swapped = names.slice(1).map((name, index) => {
    const others = names.toSpliced(index + 1, 1).toSpliced(index, 0, name);
    return replaced(field.pointer, `${name} before ${names[index]}`, others);
  });
  return [...removed(field), ...removedEach(field), ...swapped];
};

const openMediaTypes: Loosen = ({ value, pointer }) =>
  Object.keys(Object(value)).map((name) => ({
    pointer: `${pointer}/${escapeSegment(name)}`,
    change: 'of any media type',
    alter: (parent, key) => {
      parent['*/*'] = parent[key];
      delete parent[key];
    },
  }));

/** `nothing` marks containers, whose fields are loosened one by one. */
const LOOSENERS: Record<Kind, Record<string, Loosen>> = {
  // Removing a path or component would break references to it, not loosen a constraint.
  document: {
    ...{ info: nothing, paths: nothing, components: nothing, security },
    ...{ 'x-fallback-responses': responses, 'x-limits': limits, 'x-order-of-checks': order },
  },
  info: { version: ({ pointer }) => [replaced(pointer, '2099-01-01', '2099-01-01')] },
  limit: { value: stated, at: pointed },
  components: {
    ...{ schemas: nothing, responses: nothing, parameters: nothing, headers: nothing },
    ...{ requestBodies: nothing, securitySchemes: nothing },
  },
  pathItem: {
    parameters: removedEach,
    ...{ get: operation, put: operation, post: operation, delete: operation },
    ...{ options: operation, head: operation, patch: operation, trace: operation },
  },
  operation: { parameters: removedEach, requestBody: nothing, responses, security },
  parameter: { required: ifTrue, schema: nothing, content: nothing, allowEmptyValue: nothing },
  header: { required: ifTrue, schema: nothing, content: nothing },
  requestBody: { required: ifTrue, content: openMediaTypes },
  response: { headers: removedEach, content: openMediaTypes },
  mediaType: { schema: nothing },
  securityScheme: {
    type: nothing,
    scheme: ({ pointer }) => [replaced(pointer, 'bearer', 'bearer')],
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
