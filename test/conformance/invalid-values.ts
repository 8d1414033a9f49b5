// Values that break one constraint of a schema, in one place. Whether a value does so is asked of ajv, never assumed.
import { escapeSegment } from './case.ts';
import { CUSTOMER, isSchema, type Located, type Reader, typesOf } from './schema.ts';
import { plainValue, toLength, toSize, validValues } from './valid-values.ts';

export interface Broken {
  value: unknown;
  label: string;
  /** The keyword that is broken. */
  keyword: string;
  /** JSON Pointer to it in the contract. */
  pointer: string;
  /** JSON Pointer into the value. */
  place: string;
}

/** A candidate: not yet known to break anything. */
interface Try extends Omit<Broken, 'place'> {
  /** The right value as others write it: worth trying, even if it breaks other constraints too. */
  respelt?: boolean;
}

/**
 * For each constraint at and below a schema, values that break it and, where that is possible, no other. Constraints overlap (a text of the wrong length does
 * not match the pattern either): then those values are taken that break as few others as can be, all in the same place.
 */
export function brokenValues(reader: Reader, node: Located, hints: readonly unknown[] = []): Broken[] {
  const [first, ...rest] = validValues(reader, node, hints);
  const valid = [first, ...rest].flatMap((each) => (each ? [each.value] : []));
  const own = [
    ...typeBreaks(node),
    ...choiceBreaks(node, valid),
    ...typesOf(node.schema).flatMap((type) => ofType(type, reader, node, valid)),
  ];
  return [...keepSharp(reader, node, own), ...below(reader, node, valid[0])];
}

function keepSharp(reader: Reader, node: Located, tries: Try[]): Broken[] {
  const judged = tries.flatMap((each) => {
    const faults = reader.faultsIn(node, each.value);
    const places = new Set(faults.map(({ place }) => place));
    const [place] = places;
    if (place === undefined || places.size > 1 || !faults.some(({ keyword }) => keyword === each.keyword)) return [];
    return [{ ...each, place, keywords: new Set(faults.map(({ keyword }) => keyword)).size }];
  });
  const fewest = new Map<string, number>();
  for (const { pointer, keywords } of judged)
    fewest.set(pointer, Math.min(keywords, fewest.get(pointer) ?? Number.POSITIVE_INFINITY));
  const seen = new Set<string>();
  return judged
    .filter(({ keywords, pointer, respelt }) => respelt || keywords === fewest.get(pointer))
    .filter(({ value, pointer }) => {
      const key = `${pointer} ${JSON.stringify(value)}`;
      return !seen.has(key) && seen.add(key);
    })
    .map(({ keywords: _, respelt: __, ...broken }) => broken);
}

const SAMPLES_OF_TYPES = [null, true, false, 0, 1, 1.5, '', 'text', [], {}, [[]], [{}]];

function typeBreaks({ schema, pointer }: Located): Try[] {
  if (schema.type === undefined) return [];
  return SAMPLES_OF_TYPES.map((value) => ({
    value,
    label: `${JSON.stringify(value)} instead of ${typesOf(schema).join(' or ')}`,
    keyword: 'type',
    pointer: `${pointer}/type`,
  }));
}

/** What is neither listed nor constant. */
function choiceBreaks({ schema, pointer }: Located, valid: readonly unknown[]): Try[] {
  const others = valid.flatMap((value) => (typeof value === 'number' ? [value + 1, value - 1, value + 0.5] : []));
  return ['enum', 'const']
    .filter((keyword) => keyword in schema)
    .flatMap((keyword) =>
      [...others, 'x', 1, true, null].map((value) => ({
        value,
        label: JSON.stringify(value),
        keyword,
        pointer: `${pointer}/${keyword}`,
      })),
    );
}

function ofType(type: unknown, reader: Reader, node: Located, valid: readonly unknown[]): Try[] {
  switch (type) {
    case 'string':
      return stringBreaks(node, valid.filter((value) => typeof value === 'string').slice(0, 3));
    case 'array':
      return arrayBreaks(reader, node, valid);
    case 'object':
      return objectBreaks(reader, node, valid[0]);
    case 'integer':
    case 'number':
      return numberBreaks(node);
    default:
      return [];
  }
}

function stringBreaks({ schema, pointer }: Located, valid: readonly string[]): Try[] {
  const spoilt = valid.slice(0, 1).flatMap(spoil);
  const tries = (keyword: string, values: string[]) =>
    schema[keyword] === undefined
      ? []
      : values.map((value) => ({
          value,
          label: value.length > 80 ? `a text of ${[...value].length} characters` : JSON.stringify(value),
          keyword,
          pointer: `${pointer}/${keyword}`,
        }));
  const lengths = (limit: unknown, ...steps: number[]) =>
    typeof limit === 'number'
      ? valid.flatMap((value) =>
          steps.map((step) => limit + step).flatMap((length) => (length < 0 ? [] : [toLength(value, length)])),
        )
      : [];
  return [
    ...tries('enum', [...valid.flatMap((value) => [value.toUpperCase(), value.toLowerCase(), `${value}x`]), 'x', '']),
    ...tries('enum', spoilt),
    ...tries('const', spoilt),
    ...tries('format', spoilt),
    ...tries('pattern', [...spoilt, '']),
    ...tries('pattern', valid.slice(0, 1).flatMap(respell)).map((each) => ({ ...each, respelt: true })),
    ...tries('minLength', [...lengths(schema.minLength, -1), '']),
    ...tries('maxLength', lengths(schema.maxLength, 1, 2, 100)),
  ];
}

/** Control characters, digits and letters of other scripts that some regular expressions take for ASCII ones, and ordinary wrong ones. */
const WRONG = ['g', 'z', '_', ' ', '!', 'é', '\u0660', '\uff11', '\u0000', '\n', '😀'];

/** The text with one character replaced, left out or added. */
function spoil(text: string): string[] {
  const last = text.length - 1;
  const marks = [...text.matchAll(/[^0-9A-Za-z]/g)].map(({ index }) => index);
  const places = [...new Set([0, last >> 1, last, ...marks])].filter((index) => index >= 0);
  const replaced = places.flatMap((index) =>
    WRONG.map((wrong) => text.slice(0, index) + wrong + text.slice(index + 1)),
  );
  return [...replaced, ...places.map((index) => text.slice(0, index) + text.slice(index + 1)), `${text}-`, `${text}0`];
}

/** The same value as people and programs write it elsewhere. */
function respell(text: string): string[] {
  return [`${text}\n`, ` ${text}`, `${text} `, `{${text}}`, `"${text}"`, `urn:uuid:${text}`, text.replaceAll('-', '')];
}

function arrayBreaks(reader: Reader, node: Located, valid: readonly unknown[]): Try[] {
  const { schema, pointer } = node;
  const items = reader.child(node, 'items');
  const known = items.references.includes(CUSTOMER) ? reader.subject.members : [plainValue(reader, items)];
  const ofLength = (length: number) => Array.from({ length }, (_, index) => known[index % known.length]);
  const tries = (keyword: 'minItems' | 'maxItems', ...steps: number[]): Try[] => {
    const limit = schema[keyword];
    if (typeof limit !== 'number') return [];
    return steps
      .filter((step) => limit + step >= 0)
      .map((step) => ({
        value: ofLength(limit + step),
        label: `${limit + step} items`,
        keyword,
        pointer: `${pointer}/${keyword}`,
      }));
  };
  const twice = valid.find((value) => Array.isArray(value) && value.length === 1);
  return [
    ...tries('minItems', -1),
    ...tries('maxItems', 1, 2),
    ...(schema.uniqueItems && Array.isArray(twice)
      ? [
          {
            value: [...twice, ...twice],
            label: 'an item twice',
            keyword: 'uniqueItems',
            pointer: `${pointer}/uniqueItems`,
          },
        ]
      : []),
  ];
}

/** Names that JavaScript objects have anyway, and one that has to be escaped in a JSON Pointer. */
const STRANGE_NAMES = [
  'unknown',
  '',
  ' ',
  'a/b~c',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'ünïcode',
];

function objectBreaks(reader: Reader, node: Located, plain: unknown): Try[] {
  if (typeof plain !== 'object' || plain === null) return [];
  const { schema, pointer } = node;
  const all = Object.entries(plain);
  const needed: unknown[] = Array.isArray(schema.required) ? schema.required : [];
  const names = Object.keys(schema.properties ?? {});
  const misspelt = names.flatMap((name) => [name.toUpperCase(), `${name} `, `${name}s`, snakeCase(name)]);
  const value = all[0]?.[1] ?? reader.subject.owner;
  return [
    ...needed.map((name, index) => ({
      value: Object.fromEntries(all.filter(([key]) => key !== name)),
      label: `without ${name}`,
      keyword: 'required',
      pointer: `${pointer}/required/${index}`,
    })),
    ...(schema.additionalProperties === false ? [...STRANGE_NAMES, ...misspelt] : [])
      .filter((name) => !names.includes(name))
      .map((name) => ({
        value: Object.fromEntries([...all, [name, value]]),
        label: `with the unknown property ${JSON.stringify(name)}`,
        keyword: 'additionalProperties',
        pointer: `${pointer}/additionalProperties`,
      })),
    ...(['minProperties', 'maxProperties'] as const).flatMap((keyword) => {
      const limit = schema[keyword];
      if (typeof limit !== 'number') return [];
      const count = keyword === 'minProperties' ? limit - 1 : limit + 1;
      const label = `${count} properties`;
      return [{ value: toSize(reader, node, plain, count), label, keyword, pointer: `${pointer}/${keyword}` }];
    }),
  ];
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
}

function numberBreaks({ schema, pointer }: Located): Try[] {
  const steps = { minimum: -1, maximum: 1, exclusiveMinimum: 0, exclusiveMaximum: 0, multipleOf: 1 };
  return Object.entries(steps).flatMap(([keyword, step]) => {
    const limit = schema[keyword];
    if (typeof limit !== 'number') return [];
    const values = keyword === 'multipleOf' ? [limit + step, limit * 1.5] : [limit + step];
    return values.map((value) => ({ value, label: String(value), keyword, pointer: `${pointer}/${keyword}` }));
  });
}

/** Broken properties and items, in a whole that is valid otherwise. */
function below(reader: Reader, node: Located, plain: unknown): Broken[] {
  const { schema } = node;
  const types = typesOf(schema);
  if (types.includes('object') && typeof plain === 'object' && plain !== null) {
    const inOthers = isSchema(schema.additionalProperties)
      ? brokenValues(reader, reader.child(node, 'additionalProperties')).map((each) => ({
          ...each,
          value: { ...plain, other0: each.value },
          label: `other0: ${each.label}`,
          place: `/other0${each.place}`,
        }))
      : [];
    const inProperties = Object.keys(schema.properties ?? {}).flatMap((name) =>
      brokenValues(reader, reader.child(node, 'properties', name)).map((each) => ({
        ...each,
        value: { ...plain, [name]: each.value },
        label: `${name}: ${each.label}`,
        place: `/${escapeSegment(name)}${each.place}`,
      })),
    );
    return [...inProperties, ...inOthers];
  }
  if (types.includes('array') && schema.items) {
    const items = reader.child(node, 'items');
    const good = items.references.includes(CUSTOMER) ? reader.subject.members[0] : plainValue(reader, items);
    // The first item, and one in the middle: an index that is always 0 would pass for right otherwise.
    return brokenValues(reader, items).flatMap((each, index) => {
      const position = index % 2 === 0 ? 0 : 1;
      const value = position === 0 ? [each.value] : [good, each.value, good];
      return [{ ...each, value, label: `item ${position}: ${each.label}`, place: `/${position}${each.place}` }];
    });
  }
  return [];
}
