// Checks that schemas use only keywords that every part of the toolchain supports.
import { fieldOf, type Inspector, isInherited, type Place, textOf } from './inspector.ts';

/** The use of a schema. Request and response bodies differ in `if`. */
export type Use = 'request' | 'response' | 'text' | 'component' | 'condition';

/** Keywords that describe, and restrict nothing. */
const ANNOTATIONS = [
  ...['title', 'description', 'default', 'example', 'examples', 'deprecated', 'externalDocs', '$comment', 'xml'],
];

const CONSTRAINTS = [
  ...['type', 'enum', 'const', 'format', 'pattern', 'minLength', 'maxLength', 'multipleOf'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  ...['items', 'minItems', 'maxItems', 'uniqueItems'],
  ...['properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties'],
  ...['allOf', 'oneOf', 'anyOf', 'discriminator', 'readOnly', 'writeOnly', 'if', 'then', '$ref'],
];

/** The supported alternative to a keyword. */
const INSTEAD = new Map(
  Object.entries({
    nullable: 'Write `type: [string, "null"]`.',
    prefixItems: 'Write an object with a property for each item.',
    not: 'List what is allowed, with `enum`, `pattern` or `oneOf`.',
    else: 'Write a `oneOf` with one schema for each case.',
    patternProperties: 'Write `additionalProperties` with a schema, or an array of names and values.',
    propertyNames: 'Write an array of objects with a name, whose schema has a `pattern`.',
    $defs: 'Write the schemas below `components/schemas`.',
    unevaluatedProperties: 'Write `additionalProperties: false` in a schema without `allOf`.',
  }),
);

const COMPOSITION = ['allOf', 'oneOf', 'anyOf'];

/** The formats that ajv-formats checks. */
const FORMATS = [
  ...['date', 'time', 'date-time', 'iso-time', 'iso-date-time', 'duration', 'uri', 'uri-reference', 'uri-template'],
  ...['email', 'hostname', 'ipv4', 'ipv6', 'regex', 'uuid', 'json-pointer', 'relative-json-pointer'],
  ...['byte', 'int32', 'int64', 'float', 'double', 'password'],
];

const TYPES = ['object', 'array', 'string', 'integer', 'number', 'boolean', 'null'];

/** Checks a schema and all below it, each schema once for each use. */
export function createSchemaCheck(inspector: Inspector): (place: Place | undefined, use: Use) => void {
  const seen = new Set<string>();

  return function check(place, use) {
    if (!place) return;
    const key = `${use} ${place.location.absolutePointer}`;
    if (seen.has(key)) return;
    seen.add(key);
    const { node } = place;
    if (typeof node !== 'object' || node === null || Array.isArray(node)) {
      if (typeof node === 'boolean')
        inspector.reject(place, `The schema \`${node}\` is not supported.`, 'Write `{}` for any value.');
      else inspector.reject(place, 'A schema must be an object.', 'Write `{}` for any value.');
      return;
    }
    checkKeywords(inspector, place, use);
    checkType(inspector, place, use);
    checkNumber(inspector, place);
    checkLimits(inspector, place);
    checkFormat(inspector, place);
    checkPattern(inspector, place);
    checkProperties(inspector, place);
    checkDiscriminator(inspector, place);
    checkCycle(inspector, place);
    for (const child of childrenOf(inspector, place)) check(child, use);
    // These keywords restrict a value whose type is declared beside them.
    for (const key of ['if', 'then']) check(inspector.at(place, key), 'condition');
  };
}

/** The schemas directly below one. `location` does not follow references. */
function childrenOf(inspector: Inspector, place: Place): Place[] {
  const lists = ['properties', ...COMPOSITION].flatMap((key) => inspector.children(inspector.at(place, key)));
  const items = inspector.at(place, 'items');
  const additional = inspector.at(place, 'additionalProperties');
  return [
    ...lists.map(([, child]) => child),
    ...(items ? [items] : []),
    ...(additional && typeof additional.node === 'object' ? [additional] : []),
  ];
}

/** The types of keyword values. Redocly checks them too, but not within extensions. */
const VALUES = new Map(
  Object.entries({
    ...{ properties: 'an object', items: 'an object', discriminator: 'an object' },
    ...{ required: 'a list', enum: 'a list', allOf: 'a list', oneOf: 'a list', anyOf: 'a list' },
    ...{
      minLength: 'a number',
      maxLength: 'a number',
      minimum: 'a number',
      maximum: 'a number',
      multipleOf: 'a number',
    },
    ...{ minItems: 'a number', maxItems: 'a number', minProperties: 'a number', maxProperties: 'a number' },
    ...{ exclusiveMinimum: 'a number', exclusiveMaximum: 'a number', pattern: 'a text', format: 'a text' },
    ...{ uniqueItems: 'true or false', readOnly: 'true or false', writeOnly: 'true or false' },
  }),
);

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'null';
  const names: Record<string, string> = { number: 'a number', string: 'a text', boolean: 'true or false' };
  return names[typeof value] ?? 'an object';
}

function checkKeywords(inspector: Inspector, place: Place, use: Use): void {
  const at = (key: string): Place => ({ node: undefined, location: place.location.child([key]) });
  for (const [key, value] of Object.entries(Object(place.node))) {
    const expected = VALUES.get(key);
    // Boolean schemas and the limits of OpenAPI 3.0 have messages of their own.
    if (expected !== undefined && kindOf(value) !== expected && typeof value !== 'boolean')
      inspector.reject(at(key), `\`${key}\` must be ${expected}, but is ${kindOf(value)}.`, 'Correct the value.');
    if (key.startsWith('x-') || ANNOTATIONS.includes(key) || CONSTRAINTS.includes(key)) continue;
    inspector.reject(
      at(key),
      `The keyword \`${key}\` is not supported.`,
      INSTEAD.get(key) ?? 'Remove it, and describe the rule in words.',
    );
  }
  if (use === 'request' && fieldOf(place.node, 'if') !== undefined)
    inspector.reject(
      at('if'),
      'The keyword `if` is supported in responses only.',
      'Write a `oneOf` with one schema for each case.',
    );
  for (const keyword of ['exclusiveMinimum', 'exclusiveMaximum'])
    if (typeof fieldOf(place.node, keyword) === 'boolean')
      inspector.reject(at(keyword), `In OpenAPI 3.1, \`${keyword}\` is a number.`, 'Write the limit itself.');
}

function typesOf(node: unknown): unknown[] {
  const type = fieldOf(node, 'type');
  return type === undefined ? [] : [type].flat();
}

function checkType(inspector: Inspector, place: Place, use: Use): void {
  const at = (key: string): Place => ({ node: undefined, location: place.location.child([key]) });
  for (const key of ['type', 'enum', ...COMPOSITION]) {
    const list = fieldOf(place.node, key);
    if (Array.isArray(list) && list.length === 0)
      inspector.reject(at(key), `\`${key}\` is an empty list, which allows nothing.`, 'Write what is allowed.');
  }
  const unknown = typesOf(place.node).find((type) => typeof type !== 'string' || !TYPES.includes(type));
  if (unknown !== undefined) {
    const name = typeof unknown === 'string' ? unknown : JSON.stringify(unknown);
    inspector.reject(at('type'), `\`${name}\` is no type of JSON.`, `Write one of: ${TYPES.join(', ')}.`);
  }
  if (use !== 'condition' && typesOf(place.node).includes('array') && fieldOf(place.node, 'items') === undefined)
    inspector.reject(place, 'An array without `items` has no type.', 'Write `items`, with `{}` for any value.');
}

/** A lower limit, and the upper one that it must not exceed. */
const LIMITS = [
  ['minLength', 'maxLength'],
  ['minItems', 'maxItems'],
  ['minProperties', 'maxProperties'],
  ['minimum', 'maximum'],
] as const;

function checkLimits(inspector: Inspector, place: Place): void {
  for (const [least, most] of LIMITS) {
    const [low, high] = [fieldOf(place.node, least), fieldOf(place.node, most)];
    if (typeof low === 'number' && typeof high === 'number' && low > high)
      inspector.reject(place, `\`${least}\` is above \`${most}\`, which allows nothing.`, 'Correct one of them.');
  }
  const step = fieldOf(place.node, 'multipleOf');
  if (typeof step !== 'number' || step > 0) return;
  const at = { node: step, location: place.location.child(['multipleOf']) };
  inspector.reject(at, '`multipleOf` must be above 0.', 'Write the step between two values.');
}

/** The integers that a JSON number carries without loss: RFC 8259, section 6. */
function checkNumber(inspector: Inspector, place: Place): void {
  const { node } = place;
  const limit = (inclusive: string, exclusive: string) => fieldOf(node, inclusive) ?? fieldOf(node, exclusive);
  const [least, most] = [limit('minimum', 'exclusiveMinimum'), limit('maximum', 'exclusiveMaximum')];
  const isSafe = (value: unknown) => typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  if (textOf(node, 'format') !== 'int64' || (isSafe(least) && isSafe(most))) return;
  inspector.reject(
    place,
    '`int64` is not supported: JSON numbers lose digits beyond 2^53.',
    `Write \`type: string\` with a \`pattern\`, or a \`minimum\` and \`maximum\` within ±${Number.MAX_SAFE_INTEGER}.`,
  );
}

function checkFormat(inspector: Inspector, place: Place): void {
  const format = textOf(place.node, 'format');
  if (format === undefined || FORMATS.includes(format)) return;
  inspector.reject(
    { node: format, location: place.location.child(['format']) },
    `The format \`${format}\` is not checked by any part.`,
    'Write a `pattern`, or name the format in the description.',
  );
}

function checkPattern(inspector: Inspector, place: Place): void {
  const pattern = textOf(place.node, 'pattern');
  if (pattern === undefined) return;
  try {
    new RegExp(pattern, 'u');
  } catch {
    inspector.reject(
      { node: pattern, location: place.location.child(['pattern']) },
      'The pattern is no regular expression of JavaScript with the flag `u`.',
      'Correct it; JSON Schema has the syntax of ECMA-262.',
    );
  }
}

function checkProperties(inspector: Inspector, place: Place): void {
  const properties = inspector.children(inspector.at(place, 'properties'));
  for (const [name, property] of properties) {
    if (isInherited(name))
      inspector.reject(property, `A property cannot have the name \`${name}\` in JavaScript.`, 'Choose another name.');
  }
  const additional = fieldOf(place.node, 'additionalProperties');
  if (properties.length > 0 && typeof additional === 'object')
    inspector.reject(
      { node: additional, location: place.location.child(['additionalProperties']) },
      'TypeScript cannot express named properties beside others with a schema.',
      'Put the others into a property of their own.',
    );
  checkBoth(inspector, place);
}

function checkBoth(inspector: Inspector, place: Place): void {
  if (fieldOf(place.node, 'readOnly') === true && fieldOf(place.node, 'writeOnly') === true)
    inspector.reject(place, 'Nothing can be both `readOnly` and `writeOnly`.', 'Remove one of them.');
}

function checkDiscriminator(inspector: Inspector, place: Place): void {
  const discriminator = inspector.at(place, 'discriminator');
  if (!discriminator) return;
  const variants = fieldOf(place.node, 'oneOf');
  const isNamed = (variant: unknown) => textOf(variant, '$ref') !== undefined;
  if (!Array.isArray(variants) || variants.length === 0 || !variants.every(isNamed)) {
    inspector.reject(
      discriminator,
      'A discriminator is supported beside a `oneOf` of references only.',
      'Write `oneOf` with a `$ref` for each variant.',
    );
    return;
  }
  const targets = variants.flatMap((variant) => {
    const $ref = textOf(variant, '$ref') ?? '';
    return [$ref, $ref.split('/').at(-1)];
  });
  for (const [value, { node, location }] of inspector.children(inspector.at(discriminator, 'mapping')))
    if (typeof node === 'string' && !targets.includes(node))
      inspector.reject(
        { node, location },
        `\`${value}\` is mapped to a schema that is not below \`oneOf\`.`,
        'Refer to one of those, in the same words.',
      );
  const property = textOf(discriminator.node, 'propertyName') ?? '';
  for (const [, variant] of inspector.children(inspector.at(place, 'oneOf'))) {
    const required = fieldOf(variant.node, 'required');
    if (inspector.at(variant, 'properties', property) && Array.isArray(required) && required.includes(property))
      continue;
    inspector.reject(
      variant,
      `The schema lacks \`${property}\`, by which a discriminator selects it.`,
      `Write it below \`properties\`, and below \`required\`.`,
    );
  }
}

/** A schema that is composed of itself has no type. Below a property or an item it may refer to itself. */
function checkCycle(inspector: Inspector, place: Place): void {
  const isWithin = (current: Place, trail: readonly string[]): boolean =>
    COMPOSITION.flatMap((key) => inspector.children(inspector.at(current, key))).some(([, child]) => {
      const id = child.location.absolutePointer;
      if (id === place.location.absolutePointer) return true;
      return !trail.includes(id) && isWithin(child, [...trail, id]);
    });
  if (isWithin(place, []))
    inspector.reject(
      place,
      'TypeScript cannot express a schema that is composed of itself.',
      'Let it refer to itself below a property or `items`.',
    );
}
