// Derives the cases of every operation from the contract alone: what is valid, and for each constraint what breaks exactly that one.
import { randomBytes } from 'node:crypto';
import type { Parameter } from '../../openapi/model/contract.ts';
import { type Case, type Expected, escapeSegment, type Place, refusal } from './case.ts';
import { deriveHttpCases } from './http-cases.ts';
import { brokenValues } from './invalid-values.ts';
import { deriveProtocolCases } from './protocol-cases.ts';
import { hintsOf, IDEMPOTENCY_KEY, type Plan, tryRead } from './request-builder.ts';
import { CUSTOMER, type Located, typesOf, VERSION } from './schema.ts';
import { validValues } from './valid-values.ts';

/** The cases of all operations, each request once. */
export function deriveCases(plans: readonly Plan[]): Case[] {
  const cases = plans.flatMap((plan) => [
    ...deriveExamples(plan),
    ...deriveBodies(plan),
    ...deriveParameters(plan),
    ...deriveHttpCases(plan),
    ...deriveProtocolCases(plan),
  ]);
  const known = new Map<string, Case>();
  for (const each of cases) {
    const { request, before = [] } = each;
    const key = JSON.stringify([before, { ...request, body: request.body?.toString('latin1') }]);
    const same = known.get(key);
    if (same) same.alsoAt = [...(same.alsoAt ?? []), each.pointer];
    else known.set(key, each);
  }
  return nameApart([...known.values()]);
}

/** A name that comes again gets a number. */
function nameApart(cases: Case[]): Case[] {
  const count = new Map<string, number>();
  return cases.map((each) => {
    const times = (count.get(each.name) ?? 0) + 1;
    count.set(each.name, times);
    return times === 1 ? each : { ...each, name: `${each.name} (${times})` };
  });
}

/** The request examples, with the subject's customers in the place of those that the example names. */
function deriveExamples(plan: Plan): Case[] {
  const { body, operationId } = plan;
  if (!body) return [];
  const examples = tryRead(plan.contract, `${body.content}/examples`) ?? {};
  return Object.entries(examples).map(([name, { value }]: [string, { value: unknown }]) => ({
    name: `${operationId}: the example ${name}`,
    operationId,
    rule: 'valid',
    pointer: `${body.content}/examples/${escapeSegment(name)}`,
    request: plan.build({ value: withKnownCustomers(plan, body.schema, value) }),
    value: withKnownCustomers(plan, body.schema, value),
    expected: { kind: 'accepted' },
    example: name,
  }));
}

/** The first customer of an example becomes the owner, those that follow become the members. */
function withKnownCustomers({ reader, subject }: Plan, node: Located, value: unknown): unknown {
  const pool = [subject.owner, ...subject.members];
  const renamed = new Map<unknown, string>();
  const rename = (at: Located, part: unknown): unknown => {
    if (at.references.includes(CUSTOMER)) {
      const known = pool.includes(String(part)) ? String(part) : pool[renamed.size % pool.length];
      renamed.set(part, renamed.get(part) ?? known ?? subject.owner);
      return renamed.get(part);
    }
    if (Array.isArray(part)) return part.map((each) => rename(reader.child(at, 'items'), each));
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(
      Object.entries(part).map(([name, each]) => [name, rename(reader.child(at, 'properties', name), each)]),
    );
  };
  return rename(node, value);
}

function deriveBodies(plan: Plan): Case[] {
  const { body, operationId, reader } = plan;
  if (!body) return [];
  const accepted = validValues(reader, body.schema).map(
    ({ value, label, pointer }): Case => ({
      name: `${operationId}: a valid body, ${label} (${JSON.stringify(value).slice(0, 120)})`,
      operationId,
      rule: 'valid',
      pointer,
      request: plan.build({ value }),
      value,
      expected: { kind: 'accepted' },
    }),
  );
  const refused = brokenValues(reader, body.schema).map(
    ({ value, label, keyword, pointer, place }): Case => ({
      name: `${operationId}: a body that breaks ${keyword} at ${place || 'its top'}, ${label}`,
      operationId,
      rule: keyword,
      pointer,
      request: plan.build({ value }),
      value,
      expected: refusal({ in: 'body', pointer: place }),
    }),
  );
  return [...accepted, ...refused];
}

function deriveParameters(plan: Plan): Case[] {
  const { operationId, reader } = plan;
  return plan.parameters.flatMap(({ parameter, pointer, schema }) => {
    const { name, required } = parameter;
    const place: Place = {
      in: parameter.in === 'cookie' ? 'header' : parameter.in,
      pointer: `/${escapeSegment(name)}`,
    };
    const versioned = schema.references.includes(VERSION);
    const expected: Expected = versioned ? { kind: 'refused', fault: 'version', places: [] } : refusal(place);
    const make = (value: unknown, rule: string, at: string, label: string, outcome: Expected): Case => ({
      name: `${operationId}: ${parameter.in} ${name} ${label}`,
      operationId,
      rule,
      pointer: at,
      request: plan.build({ parameters: { [name]: value } }),
      value: plan.body?.plain,
      expected: outcome,
    });
    const valid = validValues(reader, schema, hintsOf(parameter)).filter(({ value }) => isSendable(parameter, value));
    const broken = brokenValues(reader, schema, hintsOf(parameter)).filter(
      // A parameter is text on the wire, so only texts and numbers can be wrong, and texts are wrong where something else is wanted.
      ({ value, keyword }) =>
        ['string', 'number'].includes(typeof value) && keyword !== 'type' && isSendable(parameter, value),
    );
    const isText = typesOf(schema.schema).some((type) => !['integer', 'number', 'boolean'].includes(String(type)));
    const mistyped = schema.schema.type === undefined || isText ? [] : ['text', '1.5x'];
    return [
      ...valid.map(({ value, label, pointer: at }) =>
        make(freshen(parameter, value), 'valid', at, `valid, ${label} (${String(value).slice(0, 60)})`, {
          kind: 'accepted',
        }),
      ),
      ...broken.map(({ value, label, keyword, pointer: at }) =>
        make(value, keyword, at, `that breaks ${keyword}, ${label}`, expected),
      ),
      ...mistyped.map((value) => make(value, 'type', `${schema.pointer}/type`, `that is ${value}`, expected)),
      ...(required && parameter.in !== 'path'
        ? [make(undefined, 'required', `${pointer}/required`, 'that is missing', expected)]
        : []),
    ];
  });
}

/** An idempotency key that an earlier run has used would belong to another request. A key too short to be fresh comes with the plain body always. */
function freshen({ name }: Parameter, value: unknown): unknown {
  const text = String(value);
  if (name.toLowerCase() !== IDEMPOTENCY_KEY || text.length < 20) return value;
  return `${text.slice(0, -12)}${randomBytes(6).toString('hex')}`;
}

/** A header cannot carry every text, and loses white space at its ends (RFC 9110, section 5.5); an empty path segment is another path. */
function isSendable({ in: place }: Parameter, value: unknown): boolean {
  const text = String(value);
  if (place === 'path') return text !== '' && text !== '.' && text !== '..';
  return place !== 'header' || (/^[\t\x20-\x7e\x80-\xff]*$/.test(text) && text.trim() === text);
}
