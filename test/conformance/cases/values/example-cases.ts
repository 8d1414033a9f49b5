// The request examples of the contract, as cases.

import { escapeSegment } from '../../../../openapi/model/json-pointer.ts';
import type { Case } from '../case.ts';
import { type RequestBuilder, tryRead } from '../request-builder.ts';
import { CUSTOMER, type Located, partAt } from '../schema.ts';

/** The request examples, with the subject's customers instead of those in the example. */
export function deriveExamples(builder: RequestBuilder): Case[] {
  const { body, operationId } = builder;
  if (!body) return [];
  const examples = tryRead(builder.contract, `${body.content}/examples`) ?? {};
  return Object.entries(examples).map(([name, { value }]: [string, { value: unknown }]) => ({
    name: `${operationId}: the example ${name}`,
    operationId,
    rule: 'valid',
    pointer: `${body.content}/examples/${escapeSegment(name)}`,
    request: builder.build({ value: withKnownCustomers(builder, body.schema, value) }),
    value: withKnownCustomers(builder, body.schema, value),
    expected: { kind: 'accepted' },
    example: name,
  }));
}

/** Maps the first customer of an example to the owner, the others to the members. */
function withKnownCustomers({ reader, subject }: RequestBuilder, node: Located, value: unknown): unknown {
  const pool = [subject.owner, ...subject.members];
  const renamed = new Map<unknown, string>();
  const rename = (at: Located | undefined, part: unknown): unknown => {
    if (!at) return part;
    if (at.references.includes(CUSTOMER)) {
      const known = pool.includes(String(part)) ? String(part) : pool[renamed.size % pool.length];
      renamed.set(part, renamed.get(part) ?? known ?? subject.owner);
      return renamed.get(part);
    }
    if (Array.isArray(part)) return part.map((each, index) => rename(partAt(reader, at, index), each));
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(
      Object.entries(part).map(([name, each]) => [name, rename(partAt(reader, at, name), each)]),
    );
  };
  return rename(node, value);
}
