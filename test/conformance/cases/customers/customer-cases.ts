// Cases for customers: errors name all unknown ones, and responses contain all known ones with their names.
import { randomUUID } from 'node:crypto';
import { escapeSegment } from '../../../../openapi/model/json-pointer.ts';
import { ACCEPTED, type Case, ERROR_TYPES, type ErrorLocation, encodeBasic } from '../case.ts';
import { findType } from '../error-types.ts';
import { makeCase, type RequestBuilder } from '../request-builder.ts';
import { CUSTOMER, type Located, typesOf } from '../schema.ts';
import { bodiesWithUnknownCustomer } from '../unknown-customers.ts';

export function deriveCustomers(builder: RequestBuilder): Case[] {
  return builder.subject.mock ? [] : [...deriveUnknown(builder), ...deriveNamed(builder), ...deriveSeveral(builder)];
}

/** Two organizations: the owner of one is a member of the other, and both have the same further members. */
function deriveSeveral(builder: RequestBuilder): Case[] {
  const { body, reader, subject } = builder;
  const [first, ...rest] = otherMembers(builder);
  if (!body || first === undefined) return [];
  const bodyOf = (owner: string, member: string) =>
    fillCustomers(builder, { single: owner, list: () => [member, ...rest] }).value;
  const [before, value] = [bodyOf(subject.owner, first), bodyOf(first, subject.owner)];
  if (reader.violationsIn(body.schema, value).length > 0) return [];
  const label = 'customers that are owner and members of several organizations';
  return [
    {
      ...makeCase(builder, 'customers', body.content, label, { value }, ACCEPTED, 'several organizations'),
      before: [{ ...builder.build({ value: before }), expected: ACCEPTED, value: before }],
    },
  ];
}

function deriveUnknown(builder: RequestBuilder): Case[] {
  const { body, subject } = builder;
  const found = findType(builder, ERROR_TYPES.customers);
  if (!body || !found) return [];
  const make = (label: string, value: unknown, pointers: string[]): Case => {
    const locations = pointers.map((pointer): ErrorLocation => ({ in: 'body', pointer }));
    const expected = { kind: 'rejected', error: 'customers', locations } as const;
    return makeCase(builder, 'customers', found.pointer, label, { value }, expected, 'unknown customers');
  };
  const known = fillCustomers(builder, { single: subject.owner, list: () => otherMembers(builder) });
  return [
    ...bodiesWithUnknownCustomer(builder).map(({ location, value }) =>
      make(`an unknown customer at ${location}`, value, [location]),
    ),
    ...deriveManyUnknown(builder, make),
    ...deriveRepeated(builder, make),
    ...deriveUuids(builder, make),
    ...(subject.otherUser && known.places.size > 0
      ? [
          {
            ...make('customers of another account', known.value, [...known.places.keys()]),
            demand: 'own customers' as const,
            request: builder.build({
              value: known.value,
              headers: { authorization: encodeBasic(subject.otherUser) },
            }),
          },
        ]
      : []),
  ];
}

/** The numbers of unknown customers: more than an `InvalidRequest` lists, and as many as a request can name. */
const MANY = [150, Number.POSITIVE_INFINITY];

function deriveManyUnknown(builder: RequestBuilder, make: Make): Case[] {
  const [member = ''] = builder.subject.members;
  const unknown = (count: number) => Array.from({ length: count }, () => randomUUID());
  const lists = [
    // Known customers in between show whether the position is that in the request.
    () => unknown(3).flatMap((id) => [member, id]),
    ...MANY.map((count) => (most: number) => unknown(Math.min(count, most))),
  ];
  return lists.flatMap((list) => {
    const { value, places } = fillCustomers(builder, { single: randomUUID(), list });
    const pointers = [...places].filter(([, id]) => id !== member).map(([pointer]) => pointer);
    return pointers.length > 1 ? [make(`${pointers.length} unknown customers`, value, pointers)] : [];
  });
}

type Make = (label: string, value: unknown, pointers: string[]) => Case;

/** Repeated unknown customers: only the first place of an ID is reported, whatever its letter case. */
function deriveRepeated(builder: RequestBuilder, make: Make): Case[] {
  const { body, reader, subject } = builder;
  const [member = ''] = subject.members;
  const id = randomUUID();
  const list = () => [member, id, id, id.toUpperCase(), member, id];
  const bodies: [label: string, filled: Filled][] = [
    ['an unknown customer that is repeated', fillCustomers(builder, { single: subject.owner, list })],
    ['an unknown customer everywhere', fillCustomers(builder, { single: id, list: () => [id] })],
  ];
  return bodies.flatMap(([label, { value, places }]) => {
    const [first] = [...places].filter(([, each]) => each === id).map(([pointer]) => pointer);
    if (!body || first === undefined || reader.violationsIn(body.schema, value).length > 0) return [];
    return [make(label, value, [first])];
  });
}

/** UUIDs of versions 1 to 8 and the nil UUID (RFC 9562). The contract requires no particular version. */
function deriveUuids(builder: RequestBuilder, make: Make): Case[] {
  const { body, reader, subject } = builder;
  const ids = [...'12345678'].map((version) => `${randomUUID().slice(0, 14)}${version}${randomUUID().slice(15)}`);
  const all = [...ids, '00000000-0000-0000-0000-000000000000'];
  const { value, places } = fillCustomers(builder, { single: subject.owner, list: () => all });
  const pointers = [...places].filter(([, id]) => all.includes(id)).map(([pointer]) => pointer);
  if (!body || pointers.length === 0 || reader.violationsIn(body.schema, value).length > 0) return [];
  return [make('unknown customers with UUIDs of all versions', value, pointers)];
}

/** The distinct members that are not the owner. */
function otherMembers({ subject }: RequestBuilder): string[] {
  return [...new Set(subject.members)].filter((id) => id !== subject.owner);
}

/** As many customers with given names as fit. */
function deriveNamed(builder: RequestBuilder): Case[] {
  const { body, subject } = builder;
  const ids = [...(subject.names ?? new Map<string, string>()).keys()];
  if (!body || ids.length === 0) return [];
  const { value, places } = fillCustomers(builder, { single: subject.owner, list: (most) => ids.slice(0, most) });
  if (places.size === 0) return [];
  const label = `${ids.length} customers whose names are given`;
  return [makeCase(builder, 'names', body.content, label, { value }, ACCEPTED, 'names')];
}

interface Customers {
  /** The customer for places that name a single one. */
  single: string;
  /** The customers for places that name several. */
  list(most: number): string[];
}

interface Filled {
  value: unknown;
  /** The IDs by their pointers. */
  places: Map<string, string>;
}

/** The number of items in an array that has no maximum. */
const DEFAULT_MOST = 1000;

/** A valid body with these customers. */
function fillCustomers({ body, reader }: RequestBuilder, customers: Customers): Filled {
  const places = new Map<string, string>();
  const fill = (node: Located, plain: unknown, at: string): unknown => {
    const { schema } = node;
    if (node.references.includes(CUSTOMER)) {
      places.set(at, String(plain));
      return plain;
    }
    if (typesOf(schema).includes('object') && typeof plain === 'object' && plain !== null) {
      const entries = Object.entries(plain).map(([name, value]) => {
        if (!Object.hasOwn(schema.properties ?? {}, name)) return [name, value];
        const child = reader.child(node, 'properties', name);
        const own = child.references.includes(CUSTOMER) ? customers.single : value;
        return [name, fill(child, own, `${at}/${escapeSegment(name)}`)];
      });
      return Object.fromEntries(entries);
    }
    if (!typesOf(schema).includes('array') || !schema.items) return plain;
    const items = reader.child(node, 'items');
    if (!items.references.includes(CUSTOMER)) return plain;
    return customers
      .list(Number(schema.maxItems ?? DEFAULT_MOST))
      .map((id, index) => fill(items, id, `${at}/${index}`));
  };
  return { value: body && fill(body.schema, body.plain, ''), places };
}

/** A valid body with as many customers of the subject as it may have. */
export function bodyWithAllCustomers(builder: RequestBuilder): unknown {
  const { owner, members } = builder.subject;
  return fillCustomers(builder, { single: owner, list: (most) => members.slice(0, most) }).value;
}
