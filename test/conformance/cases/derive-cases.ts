// Derives the cases of every operation from the contract alone: valid requests, and for each constraint requests that
// violate only that one.
import { hash, randomBytes } from 'node:crypto';
import type { Parameter } from '../../../openapi/model/contract.ts';
import { serializeText } from '../../../openapi/model/serialize.ts';
import { CUSTOMER, type Located, partAt, typesOf, VERSION } from '../validate/schema.ts';
import { type Case, type ErrorLocation, type Expected, escapeSegment, refused, refusedAt } from './case.ts';
import { deriveCustomers } from './customers/customer-cases.ts';
import { deriveIdempotency } from './customers/idempotency-cases.ts';
import { deriveMissing } from './customers/missing-cases.ts';
import { type DemandName, demandsOf } from './demands.ts';
import { listedViolationsOf, sizeLimitOf } from './error-types.ts';
import { deriveCredentials } from './protocol/credential-cases.ts';
import { deriveHttpCases } from './protocol/http-cases.ts';
import { deriveJson } from './protocol/json-cases.ts';
import { deriveOrder } from './protocol/order-cases.ts';
import { deriveTransfers } from './protocol/transfer-cases.ts';
import { deriveVersions } from './protocol/version-cases.ts';
import { hintsOf, IDEMPOTENCY_KEY, type RequestBuilder, tryRead } from './request-builder.ts';
import { invalidValues } from './values/invalid-values.ts';
import { validValues } from './values/valid-values.ts';

/** The cases of all operations, without duplicate requests. */
export function deriveCases(builders: readonly RequestBuilder[]): Case[] {
  const cases = builders.flatMap((builder) => [
    ...deriveExamples(builder),
    ...deriveBodies(builder),
    ...deriveParameters(builder).filter(({ request }) => isShort(request)),
    ...deriveCredentials(builder),
    ...deriveHttpCases(builder),
    ...deriveJson(builder),
    ...deriveTransfers(builder),
    ...deriveVersions(builder),
    ...deriveCustomers(builder),
    ...deriveMissing(builder),
    ...deriveIdempotency(builder),
    ...deriveOrder(builder),
  ]);
  const [builder] = builders;
  const stated = builder ? demandsOf(builder.contract) : new Set<DemandName>();
  const known = new Map<string, Case>();
  for (const derived of cases) {
    const each = withoutUnstated(derived, stated);
    const { request, expected, before = [], demand, delivery } = each;
    // Nothing is demanded that the contract does not say.
    if (demand && !stated.has(demand)) continue;
    // Equal requests with other expectations stay apart: one of them will fail, and shows the contradiction.
    const key = JSON.stringify([before, delivery, expected, { ...request, body: summarize(request.body) }]);
    const same = known.get(key);
    if (same) {
      same.alsoAt = [...(same.alsoAt ?? []), each.pointer];
      if (demand) same.demand ??= demand;
    } else known.set(key, each);
  }
  return makeNamesUnique([...known.values()]);
}

/** A contract may state what a case demands, but not all that it demands as well. */
function withoutUnstated({ message, header, ...each }: Case, stated: ReadonlySet<DemandName>): Case {
  return {
    ...each,
    ...(message && stated.has(message.demand) && { message }),
    ...(header && stated.has(header.demand) && { header }),
  };
}

/** What tells one body from another: of a long one its hash, which is faster to compare. */
function summarize(body: string | Buffer | undefined): string | undefined {
  return body === undefined || body.length < 10_000 ? body?.toString('latin1') : hash('sha1', body);
}

/** Longer targets may be refused for their length (RFC 9110, section 4.1), and longer headers too. */
const MAX_LENGTH = 8000;

function isShort({ path, headers }: Case['request']): boolean {
  const values = Object.values(headers ?? {}).map((value) => String(value).length);
  return [path.length, ...values].every((length) => length <= MAX_LENGTH);
}

/** Numbers repeated names. */
function makeNamesUnique(cases: Case[]): Case[] {
  const count = new Map<string, number>();
  return cases.map((each) => {
    const times = (count.get(each.name) ?? 0) + 1;
    count.set(each.name, times);
    return times === 1 ? each : { ...each, name: `${each.name} (${times})` };
  });
}

/** The request examples, with the subject's customers instead of those in the example. */
function deriveExamples(builder: RequestBuilder): Case[] {
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

function deriveBodies(builder: RequestBuilder): Case[] {
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
      expected: refusedAt({ in: 'body', pointer: location }),
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

/** More violations than a response lists. */
const MANY_VIOLATIONS = 1000;

/** In any notation: 1002, 1,002, 1.002 or 1 002. */
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
      expected: refused('contract'),
      message: {
        pattern: numberPattern(reader.violationsIn(body.schema, value).length),
        what: 'the number of violations',
        demand: 'number of violations',
      },
    },
  ];
}

/** Items that violate their schema, more than a response lists. */
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
        expected: refusedAt(
          ...Array.from({ length: Math.min(most, MANY_ITEMS) }, (_, index) => ({
            in: 'body' as const,
            pointer: at(index),
          })),
        ),
      },
    ];
  });
}

/** Violations that show only after many valid items, or beside too many of them. */
function deriveFar(builder: RequestBuilder): Case[] {
  const { body, operationId, build, reader, contract, subject } = builder;
  const whole = body?.plain;
  if (!body || typeof whole !== 'object' || whole === null) return [];
  const make = (label: string, rule: string, pointer: string, value: unknown, expected: number): Case[] => {
    const locations = [...new Set(reader.violationsIn(body.schema, value).map(({ location }) => location))];
    const isLarge = JSON.stringify(value).length > (sizeLimitOf(builder) ?? Number.POSITIVE_INFINITY);
    if (isLarge || locations.length !== expected || locations.length > (listedViolationsOf(contract) ?? 1)) return [];
    const refusal = refusedAt(...locations.map((location) => ({ in: 'body' as const, pointer: location })));
    const name = `${operationId}: a body with ${label}`;
    return [{ ...{ name, operationId, rule, pointer, value }, request: build({ value }), expected: refusal }];
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
    const over = { ...whole, [name]: [...many, known], unknown: null };
    return [
      ...make(`an invalid item behind ${most - 1} valid ones`, invalid.keyword, invalid.pointer, last, 1),
      ...make(`${most + 1} items and an unknown property`, 'maxItems', `${list.pointer}/maxItems`, over, 2),
    ];
  });
}

function deriveParameters(builder: RequestBuilder): Case[] {
  const { operationId, reader } = builder;
  return builder.parameters.flatMap(({ parameter, pointer, schema }) => {
    const { name, required } = parameter;
    const location: ErrorLocation = {
      in: parameter.in === 'cookie' ? 'header' : parameter.in,
      pointer: `/${escapeSegment(name)}`,
    };
    const versioned = schema.references.includes(VERSION);
    const expected: Expected = versioned ? { kind: 'refused', error: 'version', locations: [] } : refusedAt(location);
    const make = (value: unknown, rule: string, at: string, label: string, outcome: Expected): Case => ({
      name: `${operationId}: ${parameter.in} ${name} ${label}`,
      operationId,
      rule,
      pointer: at,
      request: builder.build({ parameters: { [name]: value } }),
      value: builder.body?.plain,
      expected: outcome,
    });
    const valid = validValues(reader, schema, hintsOf(parameter)).filter(({ value }) => isSendable(parameter, value));
    const invalid = invalidValues(reader, schema, hintsOf(parameter)).filter(
      // Parameters are sent as text, so only strings and numbers can be invalid; a wrong type is covered by `mistyped`.
      ({ value, keyword }) =>
        keyword !== 'type' &&
        isSendable(parameter, value) &&
        reader.violationsIn(schema, asReceived(schema, value)).length > 0,
    );
    const isList = typesOf(schema.schema).includes('array');
    const isText =
      isList || typesOf(schema.schema).some((type) => !['integer', 'number', 'boolean'].includes(String(type)));
    const itemsOf = partAt(reader, schema, 0);
    const isTextItem = typesOf(itemsOf?.schema ?? {}).every((type) => type === 'string');
    const mistypedItems =
      isList && itemsOf && !isTextItem
        ? [
            make(
              ['text'],
              'type',
              `${itemsOf.pointer}/type`,
              'with an item that is text',
              refusedAt({ ...location, pointer: `${location.pointer}/0` }),
            ),
          ]
        : [];
    const mistyped = schema.schema.type === undefined || isText ? [] : ['text', '1.5x'];
    return [
      ...valid.map(({ value, label, pointer: at }) =>
        make(makeKeyUnique(parameter, value), 'valid', at, `valid, ${label} (${String(value).slice(0, 60)})`, {
          kind: 'accepted',
        }),
      ),
      ...invalid.map(({ value, label, keyword, pointer: at, location: inside }) =>
        make(
          value,
          keyword,
          at,
          `that violates ${keyword}, ${label}`,
          versioned ? expected : refusedAt({ ...location, pointer: location.pointer + inside }),
        ),
      ),
      ...mistypedItems,
      ...mistyped.map((value) => make(value, 'type', `${schema.pointer}/type`, `that is ${value}`, expected)),
      ...(required && parameter.in !== 'path'
        ? [make(undefined, 'required', `${pointer}/required`, 'that is missing', expected)]
        : []),
    ];
  });
}

/**
 * Makes an idempotency key unique, because an earlier run may have used it for another request. A key too short for
 * that is always sent with the plain body.
 */
function makeKeyUnique({ name }: Parameter, value: unknown): unknown {
  const text = String(value);
  if (name.toLowerCase() !== IDEMPOTENCY_KEY || text.length < 20) return value;
  return `${text.slice(0, -12)}${randomBytes(6).toString('hex')}`;
}

const QUERY_ITEM = { in: 'query' } as const satisfies Partial<Parameter>;

/** A parameter is sent as text, and read back by its type: `"1"` is a valid integer there. */
function asReceived({ schema }: Located, value: unknown): unknown {
  if (Array.isArray(value))
    return value.map((each) => asReceived({ schema: schema.items ?? {}, pointer: '', references: [] }, each));
  const [type] = typesOf(schema);
  const text = serializeText(value);
  if (type === 'array') return [text];
  if (type === 'integer' || type === 'number')
    return text.trim() !== '' && !Number.isNaN(Number(text)) ? Number(text) : text;
  return type === 'boolean' && /^(true|false)$/.test(text) ? text === 'true' : text;
}

/**
 * A header cannot carry every string and loses surrounding white space (RFC 9110, section 5.5); an empty path segment
 * is another path.
 */
export function isSendable({ in: location }: Pick<Parameter, 'in'>, value: unknown): boolean {
  if (Array.isArray(value))
    return location === 'query' && value.length > 0 && value.every((each) => isSendable(QUERY_ITEM, each));
  if (!['string', 'number', 'boolean'].includes(typeof value)) return false;
  const text = serializeText(value);
  // The edge refuses empty values in a query, which no schema says.
  if (location === 'query') return text !== '' && text.isWellFormed();
  if (location === 'path') return text !== '' && text !== '.' && text !== '..';
  return location !== 'header' || (/^[\t\x20-\x7e\x80-\xff]*$/.test(text) && text.trim() === text);
}
