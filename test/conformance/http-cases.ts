// Cases for the HTTP layer: credentials, media type, JSON, method, path, query.
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { basePathOf, type Contract, operationsOf } from '../../openapi/model/contract.ts';
import { ACCEPTED, type Case, type Expected, refused, refusedAt } from './case.ts';
import { makeCase, type RequestBuilder } from './request-builder.ts';
import { pathPattern } from './validate-response.ts';

export function deriveHttpCases(builder: RequestBuilder): Case[] {
  return [
    ...deriveCredentials(builder),
    ...deriveMediaTypes(builder),
    ...deriveJson(builder),
    ...deriveMethodsAndPaths(builder),
    ...deriveQuery(builder),
  ];
}

/** RFC 7617 and RFC 9110, section 11: the scheme is case-insensitive, the credentials are not. */
function deriveCredentials(builder: RequestBuilder): Case[] {
  const { entry, subject, authorization, secured } = builder;
  const own = entry.operation.security !== undefined;
  if (!secured) return [];
  const pointer = own ? `${builder.pointer}/security` : '/security';
  const encoded = authorization.slice('Basic '.length);
  const make = (label: string, value: string | undefined, expected: Expected) =>
    makeCase(builder, 'security', pointer, `credentials: ${label}`, { headers: { authorization: value } }, expected);
  const encode = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  const malformed: [string, string | undefined][] = [
    ['none', undefined],
    ['empty', ''],
    ['the scheme only', 'Basic'],
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
    ...[...malformed, ...(subject.mock ? [] : wrong)].map(([label, value]) =>
      make(label, value, refused('credentials')),
    ),
  ];
}

function deriveMediaTypes(builder: RequestBuilder): Case[] {
  if (!builder.body) return [];
  const { content, mediaType } = builder.body;
  const make = (type: string | undefined, expected: Expected) =>
    makeCase(
      builder,
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
    // RFC 9110, section 8.4: 415 is also for a content coding. This one is unknown.
    makeCase(
      builder,
      'media-type',
      content,
      'Content-Encoding x-unknown',
      { headers: { 'content-encoding': 'x-unknown' } },
      refused('mediaType'),
    ),
  ];
}

/** RFC 8259: white space, property order and escapes carry no meaning; all other syntax is strict. */
function deriveJson(builder: RequestBuilder): Case[] {
  const { body } = builder;
  if (!body?.mediaType.includes('json')) return [];
  const make = (label: string, raw: string | Buffer, expected: Expected, pointer = body.content) =>
    makeCase(builder, 'json', pointer, `JSON ${label}`, { raw }, expected);
  const text = JSON.stringify(body.plain);
  const isObject = typeof body.plain === 'object' && body.plain !== null && !Array.isArray(body.plain);
  const backwards = isObject ? JSON.stringify(Object.fromEntries(Object.entries(body.plain ?? {}).reverse())) : text;
  const escaped = text.replace(/[A-Za-z]/, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`);
  const accepted: [string, string][] = [
    ['with white space', ` \r\n\t${JSON.stringify(body.plain, null, 2)}\n`],
    ['with the properties in reverse order', backwards],
    ['with an escape', escaped],
  ];
  const malformed: [string, string | Buffer][] = [
    ['truncated', text.slice(0, -1)],
    ['with trailing text', `${text}x`],
    ['repeated', text + text],
    ['with a trailing comma', text.replace(/\}$/, ',}')],
    ['with a comment', `/* */${text}`],
    ['in single quotes', text.replaceAll('"', "'")],
    ['that is a bare word', 'invalid'],
    ['that is NaN', 'NaN'],
    ['with white space only', ' \n'],
    ['that is form data', 'a=1&b=2'],
    ['in Latin-1', Buffer.from(text.replace(/"([^"]*)"/, '"\u00e9$1"'), 'latin1')],
    ['in UTF-16', Buffer.from(text, 'utf16le')],
    ['with unclosed nesting', '['.repeat(5_000)],
  ];
  const missing = body.required
    ? [make('missing', '', refusedAt({ in: 'body', pointer: '' }), `${body.pointer}/required`)]
    : [
        withoutBody({
          ...make('omitted, which is allowed', '', ACCEPTED, body.pointer),
          ...{ rule: 'valid', value: undefined },
          request: builder.build({ headers: { 'content-type': undefined } }),
        }),
      ];
  return [
    ...accepted.filter(([, raw]) => isJson(raw)).map(([label, raw]) => make(label, raw, ACCEPTED)),
    // What spoils one value may leave another one valid, such as a number.
    ...malformed.filter(([, raw]) => !isJson(raw)).map(([label, raw]) => make(label, raw, refused('json'))),
    ...missing,
  ];
}

function isJson(raw: string | Buffer): boolean {
  if (Buffer.isBuffer(raw) && !isUtf8(raw)) return false;
  try {
    JSON.parse(raw.toString());
    return true;
  } catch {
    return false;
  }
}

/** OPTIONS is omitted: CORS preflight may handle it. */
function deriveMethodsAndPaths(builder: RequestBuilder): Case[] {
  const { contract, entry } = builder;
  const declared = Object.keys(contract.paths[entry.path] ?? {});
  const methods = ['get', 'put', 'post', 'delete', 'patch', 'head'].filter((method) => !declared.includes(method));
  const plain = builder.build();
  const [path = '', ...query] = plain.path.split('?');
  const atPath = (label: string, otherPath: string): Case => ({
    ...makeCase(builder, 'path', '/x-fallback-responses/404', label, {}, refused('path')),
    request: { ...plain, path: [otherPath, ...query].join('?') },
  });
  return [
    ...methods
      .map((method) =>
        makeCase(
          builder,
          'method',
          '/x-fallback-responses/405',
          `method ${method.toUpperCase()}`,
          {
            method: method.toUpperCase(),
            ...(method === 'get' || method === 'head' ? { headers: { 'content-type': undefined } } : {}),
          },
          refused('method'),
        ),
      )
      .map((each) => (['GET', 'HEAD'].includes(each.request.method) ? withoutBody(each) : each)),
    ...[
      atPath('a trailing slash in the path', `${path}/`),
      atPath('the path in upper case', path.toUpperCase()),
      atPath('a path below the operation', `${path}/no/such/path`),
      atPath('an undeclared path', '/no-such-path'),
    ].filter(({ request }) => !isDeclared(contract, request.path)),
  ];
}

/** Another path of the contract may match. */
function isDeclared(contract: Contract, target: string): boolean {
  const [path] = target.split('?');
  return operationsOf(contract).some((each) => pathPattern(contract, each.path).test(`${basePathOf(contract)}${path}`));
}

function withoutBody(each: Case): Case {
  const { body: _, ...request } = each.request;
  return { ...each, request };
}

/** The contract's description says that undeclared query parameters are refused and reported. */
function deriveQuery(builder: RequestBuilder): Case[] {
  return ['unknown', 'a.b', '[x]', '__proto__'].map((name) =>
    makeCase(
      builder,
      'query',
      `${builder.pointer}/parameters`,
      `query parameter ${name}`,
      { query: `${name}=1` },
      refusedAt({ in: 'query', pointer: `/${name}` }),
    ),
  );
}
