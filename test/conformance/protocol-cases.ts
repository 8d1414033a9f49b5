// Cases about what the contract says in words and declares by its error types: size, customers, idempotency.
import { randomUUID } from 'node:crypto';
import { type Contract, responsesOf } from '../../openapi/model/contract.ts';
import { ACCEPTED, type Case, type Expected, escapeSegment, FAULTS, refused } from './case.ts';
import { IDEMPOTENCY_KEY, makeCase, type Parts, type Plan } from './request-builder.ts';
import { CUSTOMER, type Located, type Reader, typesOf } from './schema.ts';
import { plainValue } from './valid-values.ts';

export function deriveProtocolCases(plan: Plan): Case[] {
  return [...deriveSize(plan), ...deriveCustomers(plan), ...deriveIdempotency(plan)];
}

/** The limit is not part of OpenAPI; the contract states it in the sentence of its example. */
function deriveSize(plan: Plan): Case[] {
  const found = findType(plan.contract, plan, FAULTS.size);
  const bytes = Number(/\(([\d,]+) bytes\)/.exec(found?.message ?? '')?.[1]?.replaceAll(',', ''));
  if (!plan.body || !found || !(bytes > 0)) return [];
  const text = JSON.stringify(plan.body.plain);
  const padded = (length: number) => text.padEnd(length - Buffer.byteLength(text) + text.length);
  return [
    makeCase(
      plan,
      'size',
      found.pointer,
      `a body of ${bytes} bytes, the most there may be`,
      { raw: padded(bytes) },
      ACCEPTED,
    ),
    makeCase(plan, 'size', found.pointer, `a body of ${bytes + 1} bytes`, { raw: padded(bytes + 1) }, refused('size')),
  ];
}

/** Where an operation declares an error type, with the sentence of its example. */
function findType(
  contract: Contract,
  { entry, pointer }: Plan,
  type: string,
): { pointer: string; message: string } | undefined {
  for (const { status, response } of responsesOf(contract, entry.operation)) {
    for (const { examples = {} } of Object.values(response.content ?? {})) {
      if (type in examples) {
        const value = examples[type]?.value as { error?: { message?: string } } | undefined; // The generator has checked it.
        return { pointer: `${pointer}/responses/${status}`, message: value?.error?.message ?? '' };
      }
    }
  }
  return undefined;
}

/** Customers that nobody has: one for each place that names a customer. */
function deriveCustomers(plan: Plan): Case[] {
  const { body, reader, subject } = plan;
  const found = findType(plan.contract, plan, FAULTS.customers);
  if (!body || !found || subject.mock) return [];
  return customerPlaces(reader, body.schema, body.plain).map(({ place, value }) =>
    makeCase(
      plan,
      'customers',
      found.pointer,
      `an unknown customer at ${place}`,
      { value },
      {
        kind: 'refused',
        fault: 'customers',
        places: [{ in: 'body', pointer: place }],
      },
    ),
  );
}

export function customerPlaces(reader: Reader, node: Located, plain: unknown): { place: string; value: unknown }[] {
  if (node.references.includes(CUSTOMER)) return [{ place: '', value: randomUUID() }];
  const { schema } = node;
  if (typesOf(schema).includes('object') && typeof plain === 'object' && plain !== null) {
    return Object.keys(schema.properties ?? {}).flatMap((name) => {
      const child = reader.child(node, 'properties', name);
      return customerPlaces(reader, child, plainValue(reader, child)).map(({ place, value }) => ({
        place: `/${escapeSegment(name)}${place}`,
        value: { ...plain, [name]: value },
      }));
    });
  }
  if (typesOf(schema).includes('array') && schema.items) {
    const good = reader.subject.members[0];
    return customerPlaces(reader, reader.child(node, 'items'), undefined).flatMap(({ place, value }) => [
      { place: `/0${place}`, value: [value] },
      { place: `/1${place}`, value: [good, value, good] },
    ]);
  }
  return [];
}

/** Where an operation takes an idempotency key: the same request again, another one, and a key that a refused request does not use up. */
function deriveIdempotency(plan: Plan): Case[] {
  const { body, parameters } = plan;
  const found = findType(plan.contract, plan, FAULTS.idempotency);
  const parameter = parameters.find((each) => each.parameter.name.toLowerCase() === IDEMPOTENCY_KEY);
  if (!body || !found || !parameter) return [];
  const { name } = parameter.parameter;
  const [other, refusedFirst] = [customerVariant(plan), {}];
  const sequence = (label: string, first: Parts, then: Parts, expected: Expected): Case => {
    const key = { [name]: randomUUID() };
    return {
      ...makeCase(
        plan,
        'idempotency',
        parameter.pointer,
        `idempotency key: ${label}`,
        { ...then, parameters: key },
        expected,
      ),
      before: [plan.build({ ...first, parameters: key })],
    };
  };
  const plain = { value: body.plain };
  return [
    sequence('the same request again', plain, plain, { kind: 'accepted', replayed: true }),
    sequence(
      'the same request in other white space',
      plain,
      { raw: JSON.stringify(body.plain, null, 3), value: body.plain },
      { kind: 'accepted', replayed: true },
    ),
    sequence('used up by no refused request', { value: refusedFirst }, plain, ACCEPTED),
    ...(other === undefined ? [] : [sequence('another request', plain, { value: other }, refused('idempotency'))]),
  ].map((each) => ({ ...each, pointer: each.expected.kind === 'refused' ? found.pointer : parameter.pointer }));
}

/** A valid body that means something else than the plain one. */
function customerVariant({ body, reader }: Plan): unknown {
  if (!body || typeof body.plain !== 'object' || body.plain === null) return undefined;
  for (const name of Object.keys(body.plain)) {
    const child = reader.child(body.schema, 'properties', name);
    if (typesOf(child.schema).includes('array')) return { ...body.plain, [name]: [] };
  }
  return undefined;
}
