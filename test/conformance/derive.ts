// Derives the cases of every operation from the contract alone: what is valid, and for each constraint what breaks exactly that one.
import { randomBytes } from 'node:crypto';
import { basePathOf, type Contract, operationsOf, type Parameter, type Placed } from '../../openapi/contract.ts';
import { brokenValues } from './broken-values.ts';
import { type Case, type Expected, escapeSegment, type Place, type Sent, type Subject } from './case.ts';
import { deriveHttpCases } from './http-cases.ts';
import { CUSTOMER, createReader, type Located, type Reader, readPointer, VERSION } from './schema.ts';
import { plainValue, validValues } from './valid-values.ts';

/** A parameter with the pointer to where it stands. */
export interface LocatedParameter {
  parameter: Parameter;
  pointer: string;
  schema: Located;
}

export interface LocatedBody {
  pointer: string;
  required: boolean;
  mediaType: string;
  /** The pointer to the media type object. */
  content: string;
  schema: Located;
  plain: unknown;
}

/** One operation, and how to make a request to it. */
export interface Plan {
  reader: Reader;
  subject: Subject;
  contract: Contract;
  placed: Placed;
  operationId: string;
  /** Pointer to the operation. */
  pointer: string;
  parameters: LocatedParameter[];
  body: LocatedBody | undefined;
  authorization: string;
  /** A valid request, with these parts instead of the plain ones; `undefined` leaves one out. */
  build(parts?: Parts): Sent;
}

export interface Parts {
  parameters?: Record<string, unknown>;
  headers?: Record<string, string | undefined>;
  /** Sent as JSON. */
  value?: unknown;
  /** Sent as it is, instead of a value. */
  raw?: string | Buffer;
  query?: string;
  method?: string;
}

/** The cases of all operations, each request once. */
export function deriveCases(contract: Contract, subject: Subject): Case[] {
  const cases = createPlans(contract, subject).flatMap((plan) => [
    ...deriveExamples(plan),
    ...deriveBodies(plan),
    ...deriveParameters(plan),
    ...deriveHttpCases(plan),
  ]);
  const known = new Map<string, Case>();
  for (const each of cases) {
    const { request, before = [] } = each;
    const key = JSON.stringify([before, { ...request, body: request.body?.toString('latin1') }]);
    const same = known.get(key);
    if (same) same.alsoAt = [...(same.alsoAt ?? []), each.pointer];
    else known.set(key, each);
  }
  return [...known.values()];
}

export function createPlans(contract: Contract, subject: Subject): Plan[] {
  const reader = createReader(contract, subject);
  return operationsOf(contract).map((placed) => createPlan(reader, contract, subject, placed));
}

function createPlan(reader: Reader, contract: Contract, subject: Subject, placed: Placed): Plan {
  const pointer = `/paths/${escapeSegment(placed.path)}/${placed.method}`;
  const body = locateBody(reader, contract, pointer, placed);
  const parameters = locateParameters(reader, contract, pointer, placed);
  const authorization = `Basic ${Buffer.from(`${subject.clientId}:${subject.secret}`).toString('base64')}`;
  const secured = (placed.operation.security ?? contract.security ?? []).length > 0;

  const build = ({ parameters: given = {}, headers = {}, value, raw, query, method }: Parts = {}): Sent => {
    const values = new Map(
      parameters
        .filter(({ parameter }) => parameter.required || parameter.name in given)
        .map(({ parameter, schema }) => [
          parameter,
          parameter.name in given ? given[parameter.name] : plainValue(reader, schema, hintsOf(parameter)),
        ]),
    );
    const of = (place: Parameter['in']) =>
      [...values].filter(([each, content]) => each.in === place && content !== undefined);
    const path = of('path').reduce(
      (line, [{ name }, content]) => line.replace(`{${name}}`, encodeURIComponent(String(content))),
      placed.path,
    );
    const search = new URLSearchParams(
      of('query').map(([{ name }, content]): [string, string] => [name, String(content)]),
    ).toString();
    const sent = raw ?? (body && JSON.stringify(value === undefined ? body.plain : value));
    const all: [string, string | undefined][] = [
      ['authorization', secured ? authorization : undefined],
      ['content-type', body?.mediaType],
      ...of('header').map(([{ name }, content]): [string, string] => [name.toLowerCase(), String(content)]),
      ...Object.entries(headers),
    ];
    return {
      method: method ?? placed.method.toUpperCase(),
      path: `${path}${[search, query]
        .filter(Boolean)
        .join('&')
        .replace(/^(?=.)/, '?')}`,
      headers: Object.fromEntries(
        [...new Map(all)].flatMap(([name, content]) => (content === undefined ? [] : [[name, content]])),
      ),
      ...(sent !== undefined && { body: sent }),
    };
  };
  const { operationId } = placed.operation;
  return { reader, subject, contract, placed, operationId, pointer, parameters, body, authorization, build };
}

function locateBody(reader: Reader, contract: Contract, operation: string, placed: Placed): LocatedBody | undefined {
  if (!placed.operation.requestBody) return undefined;
  const pointer = follow(contract, `${operation}/requestBody`);
  const node = readPointer(contract, pointer) as { required?: boolean; content: Record<string, unknown> }; // As linted.
  const [mediaType = ''] = Object.keys(node.content);
  const content = `${pointer}/content/${escapeSegment(mediaType)}`;
  const schema = reader.locate(`${content}/schema`);
  return { pointer, required: node.required === true, mediaType, content, schema, plain: plainValue(reader, schema) };
}

function locateParameters(reader: Reader, contract: Contract, operation: string, placed: Placed): LocatedParameter[] {
  const lists = [`/paths/${escapeSegment(placed.path)}/parameters`, `${operation}/parameters`];
  return lists.flatMap((list) => {
    const nodes = tryRead(contract, list);
    return (Array.isArray(nodes) ? nodes : []).map((_, index) => {
      const pointer = follow(contract, `${list}/${index}`);
      const parameter = readPointer(contract, pointer) as Parameter; // The lint rule `struct` guarantees the shape.
      return { parameter, pointer, schema: reader.locate(`${pointer}/schema`) };
    });
  });
}

function tryRead(contract: Contract, pointer: string): unknown {
  try {
    return readPointer(contract, pointer);
  } catch {
    return undefined;
  }
}

function follow(contract: Contract, pointer: string): string {
  const node = readPointer(contract, pointer);
  const reference = typeof node === 'object' && node !== null && '$ref' in node ? String(node.$ref) : undefined;
  return reference === undefined ? pointer : follow(contract, reference.slice(1));
}

export function hintsOf({ example }: Parameter): unknown[] {
  return example === undefined ? [] : [example];
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

export function refusal(...places: Place[]): Expected {
  return { kind: 'refused', fault: 'contract', places };
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
      // A parameter is text on the wire, so only texts can be wrong where a text is wanted.
      ({ value, keyword }) => typeof value === 'string' && keyword !== 'type' && isSendable(parameter, value),
    );
    const mistyped = schema.schema.type === 'integer' || schema.schema.type === 'number' ? ['text', '1.5x'] : [];
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

/** The header of the IETF draft on idempotency keys, in lower case. */
export const IDEMPOTENCY_KEY = 'idempotency-key';

/** A header cannot carry every text, and loses white space at its ends (RFC 9110, section 5.5); an empty path segment is another path. */
function isSendable({ in: place }: Parameter, value: unknown): boolean {
  const text = String(value);
  if (place === 'path') return text !== '' && text !== '.' && text !== '..';
  return place !== 'header' || (/^[\t\x20-\x7e\x80-\xff]*$/.test(text) && text.trim() === text);
}

/** The path of a request as the contract sees it. */
export function contractPath(contract: Contract, { path }: Sent): string {
  return `${basePathOf(contract)}${path.split('?')[0]}`;
}
