// Cases for bodies: valid ones, and for each constraint one that violates only that constraint.

import { escapeSegment } from '../../../../openapi/model/json-pointer.ts';
import { type Case, rejected, rejectedAt } from '../case.ts';
import { listedViolationsOf, sizeLimitOf } from '../error-types.ts';
import type { RequestBuilder } from '../request-builder.ts';
import { CUSTOMER, partAt } from '../schema.ts';
import { validValues } from '../valid-values.ts';
import { invalidValues } from './invalid-values.ts';

export function deriveBodies(builder: RequestBuilder): Case[] {
  const { body, operationId, reader } = builder;
  if (!body) return [];
  const accepted = validValues(reader, body.schema).map(
    ({ value, label, pointer }): Case => ({
      name: `${operationId}: a valid body, ${label} (${JSON.stringify(value).slice(0, 120)})`,
      operationId,
      rule: 'valid',
      pointer,
      request: builder.build({ value }),
      value,
      expected: { kind: 'accepted' },
    }),
  );
  const invalid = invalidValues(reader, body.schema).map(
    ({ value, label, keyword, pointer, location }): Case => ({
      name: `${operationId}: a body that violates ${keyword} at ${location || 'the root'}, ${label}`,
      operationId,
      rule: keyword,
      pointer,
      request: builder.build({ value }),
      value,
      expected: rejectedAt({ in: 'body', pointer: location }),
    }),
  );
  return [
    ...accepted,
    ...invalid,
    ...deriveManyViolations(builder),
    ...deriveManyItems(builder),
    ...deriveFar(builder),
  ];
}

/** The number of violations in a body, which is more than a response lists. */
const MANY_VIOLATIONS = 1000;

/** Matches a number in any notation: 1002, 1,002, 1.002 or 1 002. */
function numberPattern(count: number): RegExp {
  return new RegExp(`(?<!\\d)${count.toLocaleString('en').replaceAll(',', "[\\s.,_'\u2019]?")}(?!\\d)`);
}

function deriveManyViolations({ body, operationId, build, reader }: RequestBuilder): Case[] {
  if (body?.schema.schema.additionalProperties !== false) return [];
  const names = Array.from({ length: MANY_VIOLATIONS }, (_, index) => `unknown${index}`);
  const value = Object.fromEntries(names.map((name) => [name, null]));
  return [
    {
      name: `${operationId}: a body with ${MANY_VIOLATIONS} unknown properties`,
      operationId,
      rule: 'many violations',
      demand: 'first violations',
      pointer: `${body.schema.pointer}/additionalProperties`,
      request: build({ value }),
      value,
      expected: rejected('contract'),
      message: {
        pattern: numberPattern(reader.violationsIn(body.schema, value).length),
        what: 'the number of violations',
        demand: 'number of violations',
      },
    },
  ];
}

/** The number of invalid items in a list, which is more than a response lists. */
const MANY_ITEMS = 150;

function deriveManyItems({ body, operationId, build, reader, contract }: RequestBuilder): Case[] {
  const most = listedViolationsOf(contract);
  const whole = body?.plain;
  if (!body || most === undefined || typeof whole !== 'object' || whole === null) return [];
  return Object.entries(whole).flatMap(([name, plain]): Case[] => {
    const list = Array.isArray(plain) ? partAt(reader, body.schema, name) : undefined;
    if (!list) return [];
    const value = { ...whole, [name]: Array.from({ length: MANY_ITEMS }, () => 0) };
    const at = (index: number) => `/${escapeSegment(name)}/${index}`;
    const violations = reader.violationsIn(body.schema, value);
    if (violations.length !== MANY_ITEMS || violations.some(({ location }, index) => location !== at(index))) return [];
    return [
      {
        name: `${operationId}: a body with ${MANY_ITEMS} invalid items at ${name}`,
        operationId,
        rule: 'many violations',
        demand: 'first items',
        pointer: list.pointer,
        request: build({ value }),
        value,
        expected: rejectedAt(
          ...Array.from({ length: Math.min(most, MANY_ITEMS) }, (_, index) => ({
            in: 'body' as const,
            pointer: at(index),
          })),
        ),
      },
    ];
  });
}

/** Violations that follow many valid items, or are combined with too many items. */
function deriveFar(builder: RequestBuilder): Case[] {
  const { body, operationId, build, reader, contract, subject } = builder;
  const whole = body?.plain;
  if (!body || typeof whole !== 'object' || whole === null) return [];
  const make = (label: string, rule: string, pointer: string, value: unknown, expected: number): Case[] => {
    const locations = [...new Set(reader.violationsIn(body.schema, value).map(({ location }) => location))];
    const isLarge = JSON.stringify(value).length > (sizeLimitOf(builder) ?? Number.POSITIVE_INFINITY);
    if (isLarge || locations.length !== expected || locations.length > (listedViolationsOf(contract) ?? 1)) return [];
    const rejection = rejectedAt(...locations.map((location) => ({ in: 'body' as const, pointer: location })));
    const name = `${operationId}: a body with ${label}`;
    return [{ ...{ name, operationId, rule, pointer, value }, request: build({ value }), expected: rejection }];
  };
  return Object.entries(whole).flatMap(([name, plain]): Case[] => {
    const list = Array.isArray(plain) ? partAt(reader, body.schema, name) : undefined;
    const items = list && partAt(reader, list, 0);
    const most = list?.schema.maxItems;
    if (!Array.isArray(plain) || !list || !items || typeof most !== 'number' || list.schema.uniqueItems) return [];
    const known = items.references.includes(CUSTOMER) ? subject.members[0] : plain[0];
    const [invalid] = invalidValues(reader, items);
    if (known === undefined || !invalid) return [];
    const many = Array.from({ length: most }, () => known);
    const last = { ...whole, [name]: many.with(-1, invalid.value) };
    const over = { ...whole, [name]: [...many, known].with(1, invalid.value), unknown: null };
    return [
      ...make(`an invalid item behind ${most - 1} valid ones`, invalid.keyword, invalid.pointer, last, 1),
      ...make(
        `${most + 1} items, an invalid one and an unknown property`,
        'maxItems',
        `${list.pointer}/maxItems`,
        over,
        3,
      ),
    ];
  });
}
