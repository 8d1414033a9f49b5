// Cases about what surrounds the values: credentials, media type, JSON, size, method, path, query, customers, idempotency.
import { randomUUID } from 'node:crypto';
import { type Contract, responsesOf } from '../../openapi/contract.ts';
import { type Case, type Expected, escapeSegment, FAULTS, type Fault } from './case.ts';
import { IDEMPOTENCY_KEY, type Parts, type Plan, refusal } from './derive.ts';
import { CUSTOMER, type Located, type Reader } from './schema.ts';
import { plainValue } from './valid-values.ts';

export function deriveHttpCases(plan: Plan): Case[] {
  return [
    ...deriveCredentials(plan),
    ...deriveMediaTypes(plan),
    ...deriveJson(plan),
    ...deriveSize(plan),
    ...deriveMethodsAndPaths(plan),
    ...deriveQuery(plan),
    ...deriveCustomers(plan),
    ...deriveIdempotency(plan),
  ];
}

const ACCEPTED: Expected = { kind: 'accepted' };
const refused = (fault: Fault): Expected => ({ kind: 'refused', fault, places: [] });

function makeCase(plan: Plan, rule: string, pointer: string, label: string, parts: Parts, expected: Expected): Case {
  const value = parts.value ?? plan.body?.plain;
  const name = `${plan.operationId}: ${label}`;
  return { name, operationId: plan.operationId, rule, pointer, request: plan.build(parts), value, expected };
}

/** RFC 7617 and RFC 9110, section 11: the scheme is case-insensitive, the credentials are not. */
function deriveCredentials(plan: Plan): Case[] {
  const { contract, placed, subject, authorization } = plan;
  const own = placed.operation.security !== undefined;
  const [scheme] = Object.keys((placed.operation.security ?? contract.security ?? [])[0] ?? {});
  if (scheme === undefined) return [];
  const pointer = own ? `${plan.pointer}/security` : '/security';
  const encoded = authorization.slice('Basic '.length);
  const make = (label: string, value: string | undefined, expected: Expected) =>
    makeCase(plan, 'security', pointer, `credentials: ${label}`, { headers: { authorization: value } }, expected);
  const encode = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  const malformed: [string, string | undefined][] = [
    ['none', undefined],
    ['empty', ''],
    ['the scheme alone', 'Basic'],
    ['another scheme', `Bearer ${encoded}`],
    ['another scheme that contains the right one', `Bearer notbasic ${encoded}`],
    ['no scheme', encoded],
    ['not Base64', `Basic ${subject.clientId}:${subject.secret}`],
    ['no colon', encode(subject.clientId)],
  ];
  const wrong: [string, string][] = [
    ['a wrong secret', encode(`${subject.clientId}:${subject.secret}x`)],
    ['an empty secret', encode(`${subject.clientId}:`)],
    ['an unknown client', encode(`${randomUUID()}:${subject.secret}`)],
  ];
  return [
    ...['basic', 'BASIC'].map((name) => make(`the scheme as ${name}`, `${name} ${encoded}`, ACCEPTED)),
    ...[...malformed, ...(subject.checksCredentials === false ? [] : wrong)].map(([label, value]) =>
      make(label, value, refused('credentials')),
    ),
  ];
}

function deriveMediaTypes(plan: Plan): Case[] {
  if (!plan.body) return [];
  const { content, mediaType } = plan.body;
  const make = (type: string | undefined, expected: Expected) =>
    makeCase(
      plan,
      'media-type',
      content,
      `Content-Type ${type ?? 'missing'}`,
      { headers: { 'content-type': type } },
      expected,
    );
  const same = [
    `${mediaType}; charset=utf-8`,
    `${mediaType};charset="UTF-8"`,
    mediaType.toUpperCase(),
    `${mediaType} ; x=1`,
  ];
  const others = [
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ];
  const alike = [
    `${mediaType}x`,
    `x${mediaType}`,
    'application/problem+json',
    `${mediaType}; charset=utf-16`,
    'json',
    '*/*',
  ];
  return [
    ...same.map((type) => make(type, ACCEPTED)),
    ...[undefined, ...others, ...alike].map((type) => make(type, refused('mediaType'))),
  ];
}

/** RFC 8259: white space, order and escapes mean nothing; everything else has to be as it says. */
function deriveJson(plan: Plan): Case[] {
  const { body } = plan;
  if (!body?.mediaType.includes('json')) return [];
  const make = (label: string, raw: string | Buffer, expected: Expected, pointer = body.content) =>
    makeCase(plan, 'json', pointer, `JSON ${label}`, { raw }, expected);
  const text = JSON.stringify(body.plain);
  const backwards = JSON.stringify(Object.fromEntries(Object.entries(body.plain ?? {}).reverse()));
  const escaped = text.replace(/[A-Za-z]/, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`);
  const accepted: [string, string][] = [
    ['with white space', ` \r\n\t${JSON.stringify(body.plain, null, 2)}\n`],
    ['with the properties backwards', backwards],
    ['with an escape', escaped],
  ];
  const malformed: [string, string | Buffer][] = [
    ['cut off', text.slice(0, -1)],
    ['with something after it', `${text}x`],
    ['twice', text + text],
    ['with a comma too many', text.replace(/\}$/, ',}')],
    ['with a comment', `/* */${text}`],
    ['in single quotes', text.replaceAll('"', "'")],
    ['that is a word', 'nonsense'],
    ['that is NaN', 'NaN'],
    ['of white space only', ' \n'],
    ['that is a form', 'ownerId=1&x=2'],
    ['in Latin-1', Buffer.from(text.replace(/"([^"]*)"/, '"\u00e9$1"'), 'latin1')],
    ['in UTF-16', Buffer.from(text, 'utf16le')],
    ['nested without end', '['.repeat(5_000)],
  ];
  const missing = body.required
    ? [make('missing', '', refusal({ in: 'body', pointer: '' }), `${body.pointer}/required`)]
    : [];
  return [
    ...accepted.map(([label, raw]) => make(label, raw, ACCEPTED)),
    ...malformed.map(([label, raw]) => make(label, raw, refused('json'))),
    ...missing,
  ];
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
  { placed, pointer }: Plan,
  type: string,
): { pointer: string; message: string } | undefined {
  for (const { status, response } of responsesOf(contract, placed.operation)) {
    for (const { examples = {} } of Object.values(response.content ?? {})) {
      if (type in examples) {
        const value = examples[type]?.value as { error?: { message?: string } } | undefined; // The generator has checked it.
        return { pointer: `${pointer}/responses/${status}`, message: value?.error?.message ?? '' };
      }
    }
  }
  return undefined;
}

/** OPTIONS is left out: it belongs to CORS, where that is on. */
function deriveMethodsAndPaths(plan: Plan): Case[] {
  const { contract, placed } = plan;
  const declared = Object.keys(contract.paths[placed.path] ?? {});
  const methods = ['get', 'put', 'post', 'delete', 'patch', 'head'].filter((method) => !declared.includes(method));
  const plain = plan.build();
  const moved = (label: string, path: string): Case => ({
    ...makeCase(plan, 'path', '/x-outside-operations/404', label, {}, refused('path')),
    request: { ...plain, path },
  });
  return [
    ...methods
      .map((method) =>
        makeCase(
          plan,
          'method',
          '/x-outside-operations/405',
          `method ${method.toUpperCase()}`,
          {
            method: method.toUpperCase(),
            ...(method === 'get' || method === 'head' ? { headers: { 'content-type': undefined } } : {}),
          },
          refused('method'),
        ),
      )
      .map((each) => (['GET', 'HEAD'].includes(each.request.method) ? withoutBody(each) : each)),
    moved('a slash at the end of the path', `${plain.path}/`),
    moved('the path in upper case', plain.path.toUpperCase()),
    moved('a path below', `${plain.path}/no/such/path`),
    moved('a path that is not there', '/no-such-path'),
  ];
}

function withoutBody(each: Case): Case {
  const { body: _, ...request } = each.request;
  return { ...each, request };
}

/** The contract's description says that undeclared query parameters are refused by name. */
function deriveQuery(plan: Plan): Case[] {
  return ['unknown', 'a.b', '__proto__'].map((name) =>
    makeCase(
      plan,
      'query',
      `${plan.pointer}/parameters`,
      `query parameter ${name}`,
      { query: `${name}=1` },
      refusal({ in: 'query', pointer: `/${name}` }),
    ),
  );
}

/** Customers that nobody has: one for each place that names a customer. */
function deriveCustomers(plan: Plan): Case[] {
  const { body, reader, subject } = plan;
  const found = findType(plan.contract, plan, FAULTS.customers);
  if (!body || !found || subject.looksUpCustomers === false) return [];
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
  if (schema.type === 'object' && typeof plain === 'object' && plain !== null) {
    return Object.keys(schema.properties ?? {}).flatMap((name) => {
      const child = reader.child(node, 'properties', name);
      return customerPlaces(reader, child, plainValue(reader, child)).map(({ place, value }) => ({
        place: `/${escapeSegment(name)}${place}`,
        value: { ...plain, [name]: value },
      }));
    });
  }
  if (schema.type === 'array' && schema.items) {
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
  const { body, parameters, subject } = plan;
  const found = findType(plan.contract, plan, FAULTS.idempotency);
  const parameter = parameters.find((each) => each.parameter.name.toLowerCase() === IDEMPOTENCY_KEY);
  if (!body || !found || !parameter || subject.remembersKeys === false) return [];
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
    if (child.schema.type === 'array') return { ...body.plain, [name]: [] };
  }
  return undefined;
}
