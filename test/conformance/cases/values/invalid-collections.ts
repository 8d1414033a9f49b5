// Arrays and objects that may violate one constraint of a schema, by their number of items or their properties.

import { escapeSegment } from '../../../../openapi/model/json-pointer.ts';
import { HIDDEN } from '../../../../openapi/model/validators/schema-view.ts';
import { CUSTOMER, type Located, type Reader } from '../schema.ts';
import { plainValue, toSize } from '../valid-values.ts';
import type { Candidate } from './candidate.ts';

export function arrayViolations(reader: Reader, node: Located, valid: readonly unknown[]): Candidate[] {
  const { schema, pointer } = node;
  const items = reader.child(node, 'items');
  const known = items.references.includes(CUSTOMER) ? reader.subject.members : [plainValue(reader, items)];
  const ofLength = (length: number) => Array.from({ length }, (_, index) => known[index % known.length]);
  const candidates = (keyword: 'minItems' | 'maxItems', ...steps: number[]): Candidate[] => {
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
  const single = valid.find((value) => Array.isArray(value) && value.length === 1);
  return [
    ...candidates('minItems', -1),
    ...candidates('maxItems', 1, 2),
    ...(schema.uniqueItems && Array.isArray(single)
      ? [
          {
            value: [...single, ...single],
            label: 'a duplicate item',
            keyword: 'uniqueItems',
            pointer: `${pointer}/uniqueItems`,
          },
        ]
      : []),
  ];
}

/** Unknown names. They include inherited JavaScript properties, and one that JSON Pointer must escape. */
const UNKNOWN_NAMES = [
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

export function objectViolations(reader: Reader, node: Located, plain: unknown): Candidate[] {
  if (typeof plain !== 'object' || plain === null) return [];
  const { schema, pointer } = node;
  const all = Object.entries(plain);
  const needed: unknown[] = Array.isArray(schema.required) ? schema.required : [];
  const names = Object.keys(schema.properties ?? {});
  const hidden = names.filter((name) => HIDDEN in reader.child(node, 'properties', name).schema);
  const misspelled = names.flatMap((name) => [name.toUpperCase(), `${name} `, `${name}s`, snakeCase(name)]);
  const value = all[0]?.[1] ?? reader.subject.owner;
  return [
    ...hidden.flatMap((name) =>
      ['text', 1, null].map((sent) => ({
        value: { ...plain, [name]: sent },
        label: `with the read-only property ${name}`,
        keyword: 'not',
        pointer: `${pointer}/properties/${escapeSegment(name)}/not`,
      })),
    ),
    ...needed.map((name, index) => ({
      value: Object.fromEntries(all.filter(([key]) => key !== name)),
      label: `without ${name}`,
      keyword: 'required',
      pointer: `${pointer}/required/${index}`,
    })),
    ...(schema.additionalProperties === false ? [...UNKNOWN_NAMES, ...misspelled] : [])
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
