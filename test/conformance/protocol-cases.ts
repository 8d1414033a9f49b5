// Cases for rules that the contract states in prose and declares with error types: size, customers, idempotency.
import { randomUUID } from 'node:crypto';
import { type Contract, responsesOf } from '../../openapi/model/contract.ts';
import { ACCEPTED, type Case, ERROR_TYPES, type Expected, escapeSegment, refused } from './case.ts';
import { IDEMPOTENCY_KEY, makeCase, type Parts, type RequestBuilder } from './request-builder.ts';
import { CUSTOMER, type Located, partAt, type Reader, typesOf } from './schema.ts';
import { plainValue } from './valid-values.ts';

export function deriveProtocolCases(builder: RequestBuilder): Case[] {
  return [
    ...deriveSize(builder),
    ...deriveCustomers(builder),
    ...deriveMissing(builder),
    ...deriveIdempotency(builder),
  ];
}

/** OpenAPI has no size limit for bodies: `x-limits` has it, or else the message of the error example. */
function deriveSize(builder: RequestBuilder): Case[] {
  const found = findType(builder.contract, builder, ERROR_TYPES.size);
  const [, stated = ''] = /\(([\d,]+) bytes\)/.exec(found?.message ?? '') ?? [];
  const bytes = builder.contract['x-limits']?.requestBodyBytes?.value ?? Number(stated.replaceAll(',', ''));
  if (!builder.body || !found || !(bytes > 0)) return [];
  const text = JSON.stringify(builder.body.plain);
  const padded = (length: number) => text.padEnd(length - Buffer.byteLength(text) + text.length);
  return [
    makeCase(builder, 'size', found.pointer, `a body of ${bytes} bytes, the maximum`, { raw: padded(bytes) }, ACCEPTED),
    makeCase(
      builder,
      'size',
      found.pointer,
      `a body of ${bytes + 1} bytes`,
      { raw: padded(bytes + 1) },
      refused('size'),
    ),
  ];
}

/** The pointer of the response that declares an error type, with the message of its example. */
function findType(
  contract: Contract,
  { entry, pointer }: RequestBuilder,
  type: string,
): { pointer: string; message: string } | undefined {
  for (const { status, response } of responsesOf(contract, entry.operation)) {
    for (const { examples = {} } of Object.values(response.content ?? {})) {
      if (type in examples) {
        const value = examples[type]?.value as { error?: { message?: string } } | undefined; // The generator checks it.
        return { pointer: `${pointer}/responses/${status}`, message: value?.error?.message ?? '' };
      }
    }
  }
  return undefined;
}

/** Unknown customers: one for each location that names a customer. */
function deriveCustomers(builder: RequestBuilder): Case[] {
  const { body, reader, subject } = builder;
  const found = findType(builder.contract, builder, ERROR_TYPES.customers);
  if (!body || !found || subject.mock) return [];
  return customerLocations(reader, body.schema, body.plain).map(({ location, value }) =>
    makeCase(
      builder,
      'customers',
      found.pointer,
      `an unknown customer at ${location}`,
      { value },
      {
        kind: 'refused',
        error: 'customers',
        locations: [{ in: 'body', pointer: location }],
      },
    ),
  );
}

/** A resource with an ID that nobody has. Whether that is known, only the implementation can say. */
function deriveMissing(builder: RequestBuilder): Case[] {
  if (builder.subject.mock || !('404' in builder.entry.operation.responses)) return [];
  return builder.parameters
    .filter(({ parameter, schema }) => parameter.in === 'path' && schema.schema.format === 'uuid')
    .map(({ parameter: { name }, pointer }) => {
      const parts = { parameters: { [name]: randomUUID() } };
      return makeCase(builder, 'valid', pointer, `an unknown ID as ${name}`, parts, ACCEPTED);
    });
}

export function customerLocations(
  reader: Reader,
  node: Located,
  plain: unknown,
): { location: string; value: unknown }[] {
  if (node.references.includes(CUSTOMER)) return [{ location: '', value: randomUUID() }];
  const { schema } = node;
  if (typesOf(schema).includes('object') && typeof plain === 'object' && plain !== null) {
    return Object.keys(schema.properties ?? {}).flatMap((name) => {
      const child = reader.child(node, 'properties', name);
      return customerLocations(reader, child, plainValue(reader, child)).map(({ location, value }) => ({
        location: `/${escapeSegment(name)}${location}`,
        value: { ...plain, [name]: value },
      }));
    });
  }
  if (typesOf(schema).includes('array') && schema.items) {
    const validItem = reader.subject.members[0];
    return customerLocations(reader, reader.child(node, 'items'), undefined).flatMap(({ location, value }) => [
      { location: `/0${location}`, value: [value] },
      { location: `/1${location}`, value: [validItem, value, validItem] },
    ]);
  }
  return [];
}

/** For operations with an idempotency key: a repeated request, another request, and a key after a refused request. */
function deriveIdempotency(builder: RequestBuilder): Case[] {
  const { body, parameters } = builder;
  const found = findType(builder.contract, builder, ERROR_TYPES.idempotency);
  const parameter = parameters.find((each) => each.parameter.name.toLowerCase() === IDEMPOTENCY_KEY);
  if (!body || !found || !parameter) return [];
  const { name } = parameter.parameter;
  const [other, refusedFirst] = [customerVariant(builder), {}];
  const sequence = (label: string, first: Parts, then: Parts, expected: Expected): Case => {
    const key = { [name]: randomUUID() };
    return {
      ...makeCase(
        builder,
        'idempotency',
        parameter.pointer,
        `idempotency key: ${label}`,
        { ...then, parameters: key },
        expected,
      ),
      before: [builder.build({ ...first, parameters: key })],
    };
  };
  const plain = { value: body.plain };
  return [
    sequence('repeated request', plain, plain, { kind: 'accepted', replayed: true }),
    sequence(
      'repeated request with other white space',
      plain,
      { raw: JSON.stringify(body.plain, null, 3), value: body.plain },
      { kind: 'accepted', replayed: true },
    ),
    sequence('not consumed by a refused request', { value: refusedFirst }, plain, ACCEPTED),
    ...(other === undefined
      ? []
      : [sequence('reused for another request', plain, { value: other }, refused('idempotency'))]),
  ].map((each) => ({ ...each, pointer: each.expected.kind === 'refused' ? found.pointer : parameter.pointer }));
}

/** A valid body with other content than the plain one. */
function customerVariant({ body, reader }: RequestBuilder): unknown {
  if (!body || typeof body.plain !== 'object' || body.plain === null) return undefined;
  for (const name of Object.keys(body.plain)) {
    const child = partAt(reader, body.schema, name);
    if (child && typesOf(child.schema).includes('array')) return { ...body.plain, [name]: [] };
  }
  return undefined;
}
