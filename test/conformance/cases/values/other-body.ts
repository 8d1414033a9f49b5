// Valid bodies that are not the plain one.

import { CUSTOMER, partAt, typesOf } from '../../validate/schema.ts';
import type { RequestBuilder } from '../request-builder.ts';

/** A body without the items of its first array. */
export function otherBody({ body, reader }: RequestBuilder): unknown {
  if (!body || typeof body.plain !== 'object' || body.plain === null) return undefined;
  for (const name of Object.keys(body.plain)) {
    const child = partAt(reader, body.schema, name);
    if (child && typesOf(child.schema).includes('array')) return { ...body.plain, [name]: [] };
  }
  return undefined;
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
