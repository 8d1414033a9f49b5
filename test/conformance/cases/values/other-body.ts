// Valid bodies that are not the plain one.

import { CUSTOMER, partAt, typesOf } from '../../validate/schema.ts';
import type { RequestBuilder } from '../request-builder.ts';
import { validValues } from './valid-values.ts';

/** A body without the items of its first array. */
export function otherBody({ body, reader }: RequestBuilder): unknown {
  if (!body || typeof body.plain !== 'object' || body.plain === null) return undefined;
  for (const name of Object.keys(body.plain)) {
    const child = partAt(reader, body.schema, name);
    if (child && typesOf(child.schema).includes('array')) return { ...body.plain, [name]: [] };
  }
  return undefined;
}

/** Bodies that differ in one property each, which says something else: not in the spelling of a text. */
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

/** Two bodies that differ in the order of two customers. */
export function swappedBodies({ body, reader, subject }: RequestBuilder): [unknown, unknown] | undefined {
  const [first, second] = [...new Set([...subject.members, subject.owner])];
  if (!body || first === undefined || second === undefined) return undefined;
  for (const name of Object.keys(Object(body.plain))) {
    const child = partAt(reader, body.schema, name);
    const items = child && typesOf(child.schema).includes('array') ? partAt(reader, child, 0) : undefined;
    if (items?.references.includes(CUSTOMER))
      return [
        { ...Object(body.plain), [name]: [first, second] },
        { ...Object(body.plain), [name]: [second, first] },
      ];
  }
  return undefined;
}
