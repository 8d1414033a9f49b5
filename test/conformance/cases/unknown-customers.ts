// Bodies that name a customer who does not exist.
import { randomUUID } from 'node:crypto';
import { escapeSegment } from '../../../openapi/model/json-pointer.ts';
import { HIDDEN } from '../../../openapi/model/validators/schema-view.ts';
import type { RequestBuilder } from './request-builder.ts';
import { CUSTOMER, type Located, type Reader, typesOf } from './schema.ts';
import { plainValue } from './valid-values.ts';

/** Bodies with an unknown customer, one for each place that names a customer. */
export function bodiesWithUnknownCustomer({ body, reader }: RequestBuilder): { location: string; value: unknown }[] {
  return body ? customerLocations(reader, body.schema, body.plain) : [];
}

/** `above` are the pointers of the schemas around this one, where a recursive schema ends. */
function customerLocations(
  reader: Reader,
  node: Located,
  plain: unknown,
  above: readonly string[] = [],
): { location: string; value: unknown }[] {
  if (above.includes(node.pointer)) return [];
  const around = [...above, node.pointer];
  if (node.references.includes(CUSTOMER)) return [{ location: '', value: randomUUID() }];
  const { schema } = node;
  if (typesOf(schema).includes('object') && typeof plain === 'object' && plain !== null) {
    return Object.keys(schema.properties ?? {}).flatMap((name) => {
      const child = reader.child(node, 'properties', name);
      if (HIDDEN in child.schema) return [];
      return customerLocations(reader, child, plainValue(reader, child), around).map(({ location, value }) => ({
        location: `/${escapeSegment(name)}${location}`,
        value: { ...plain, [name]: value },
      }));
    });
  }
  if (typesOf(schema).includes('array') && schema.items) {
    const validItem = reader.subject.members[0];
    return customerLocations(reader, reader.child(node, 'items'), undefined, around).flatMap(({ location, value }) => [
      { location: `/0${location}`, value: [value] },
      { location: `/1${location}`, value: [validItem, value, validItem] },
    ]);
  }
  return [];
}
