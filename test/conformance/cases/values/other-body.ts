// Valid bodies that are not the plain one.

import type { RequestBuilder } from '../request-builder.ts';
import { CUSTOMER, partAt, typesOf } from '../schema.ts';
import { validValues } from '../valid-values.ts';

/** A body without the items of its first array. */
export function otherBody({ body, reader }: RequestBuilder): unknown {
  if (!body || typeof body.plain !== 'object' || body.plain === null) return undefined;
  for (const name of Object.keys(body.plain)) {
    const child = partAt(reader, body.schema, name);
    if (child && typesOf(child.schema).includes('array')) return { ...body.plain, [name]: [] };
  }
  return undefined;
}

/** Bodies that each differ in the meaning of one property, not just in the spelling of a text. */
export function otherProperties({ body, reader }: RequestBuilder): { name: string; value: unknown }[] {
  if (!body || typeof body.plain !== 'object' || body.plain === null) return [];
  return Object.entries(body.plain).flatMap(([name, plain]) => {
    const child = partAt(reader, body.schema, name);
    if (!child || child.references.includes(CUSTOMER)) return [];
    const isExact = child.schema.enum !== undefined || typeof plain === 'boolean' || typeof plain === 'number';
    if (!isExact) return [];
    const bodies = validValues(reader, child)
      .filter(({ value }) => JSON.stringify(value) !== JSON.stringify(plain))
      .map(({ value }) => ({ name, value: { ...Object(body.plain), [name]: value } }));
    return bodies.filter(({ value }) => reader.violationsIn(body.schema, value).length === 0).slice(0, 1);
  });
}

/** Bodies that differ in a list of customers. */
export interface OtherLists {
  /** A description of the difference. */
  label: string;
  /** Whether only the order differs. */
  isOrder: boolean;
  bodies: [unknown, unknown];
}

/** The number of items, which an implementation may be able to compare. Twice as many take more than 64 KiB. */
const MANY = 1_000;
/** The most customers that differ. */
const MOST_OTHERS = 50;

type Lists = [label: string, before: string[], after: string[]];

export function otherLists({ body, reader, subject }: RequestBuilder): OtherLists[] {
  const all = [...new Set([...subject.members, subject.owner])];
  const [first, second] = all;
  if (!body || first === undefined || second === undefined) return [];
  const lists = Object.keys(Object(body.plain)).find((name) => {
    const child = partAt(reader, body.schema, name);
    const items = child && typesOf(child.schema).includes('array') ? partAt(reader, child, 0) : undefined;
    return items?.references.includes(CUSTOMER);
  });
  if (lists === undefined) return [];
  // The owner among the members changes nothing.
  const known = new Set([...subject.members, ...(subject.names?.keys() ?? [])]);
  known.delete(subject.owner);
  const others = [...known].slice(0, MOST_OTHERS);
  const [one, other] = others;
  const many = one === undefined ? [] : Array.from({ length: 2 * MANY }, () => one);
  const pairs: Lists[] = [
    ['its items in another order', [first, second], [second, first]],
    ['one item less at the end', others, others.slice(0, -1)],
    ...(other === undefined
      ? []
      : [
          ['one item less at the beginning', others.slice(0, 2), [other]] satisfies Lists,
          // Repeated items count once, so only this item differs.
          ['another item in the middle of many', many.with(MANY, other), many] satisfies Lists,
        ]),
  ];
  return pairs
    .map(([label, ...list]): OtherLists => {
      const [before, after] = list.map((items) => ({ ...Object(body.plain), [lists]: items }));
      return {
        label,
        isOrder: list.every((items) => items.includes(first) && items.includes(second) && items.length === 2),
        bodies: [before, after],
      };
    })
    .filter(({ bodies }) => bodies.every((each) => reader.violationsIn(body.schema, each).length === 0));
}
