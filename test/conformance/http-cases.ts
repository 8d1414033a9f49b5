// Cases about how a request is sent: credentials, media type, JSON, method, path, query.
import { randomUUID } from 'node:crypto';
import { ACCEPTED, type Case, type Expected, refusal, refused } from './case.ts';
import { makeCase, type Plan } from './request-builder.ts';

export function deriveHttpCases(plan: Plan): Case[] {
  return [
    ...deriveCredentials(plan),
    ...deriveMediaTypes(plan),
    ...deriveJson(plan),
    ...deriveMethodsAndPaths(plan),
    ...deriveQuery(plan),
  ];
}

/** RFC 7617 and RFC 9110, section 11: the scheme is case-insensitive, the credentials are not. */
function deriveCredentials(plan: Plan): Case[] {
  const { contract, entry, subject, authorization } = plan;
  const own = entry.operation.security !== undefined;
  const [scheme] = Object.keys((entry.operation.security ?? contract.security ?? [])[0] ?? {});
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
    ...[...malformed, ...(subject.mock ? [] : wrong)].map(([label, value]) =>
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
    // RFC 9110, section 8.4: 415 is also for a content coding. Nobody knows this one.
    makeCase(
      plan,
      'media-type',
      content,
      'Content-Encoding x-unknown',
      { headers: { 'content-encoding': 'x-unknown' } },
      refused('mediaType'),
    ),
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
    ['that is a form', 'a=1&b=2'],
    ['in Latin-1', Buffer.from(text.replace(/"([^"]*)"/, '"\u00e9$1"'), 'latin1')],
    ['in UTF-16', Buffer.from(text, 'utf16le')],
    ['nested without end', '['.repeat(5_000)],
  ];
  const missing = body.required
    ? [make('missing', '', refusal({ in: 'body', pointer: '' }), `${body.pointer}/required`)]
    : [
        withoutBody({
          ...make('left out, which is allowed', '', ACCEPTED, body.pointer),
          ...{ rule: 'valid', value: undefined },
          request: plan.build({ headers: { 'content-type': undefined } }),
        }),
      ];
  return [
    ...accepted.map(([label, raw]) => make(label, raw, ACCEPTED)),
    ...malformed.map(([label, raw]) => make(label, raw, refused('json'))),
    ...missing,
  ];
}

/** OPTIONS is left out: it belongs to CORS, where that is on. */
function deriveMethodsAndPaths(plan: Plan): Case[] {
  const { contract, entry } = plan;
  const declared = Object.keys(contract.paths[entry.path] ?? {});
  const methods = ['get', 'put', 'post', 'delete', 'patch', 'head'].filter((method) => !declared.includes(method));
  const plain = plan.build();
  const [path = '', ...query] = plain.path.split('?');
  const moved = (label: string, elsewhere: string): Case => ({
    ...makeCase(plan, 'path', '/x-fallback-responses/404', label, {}, refused('path')),
    request: { ...plain, path: [elsewhere, ...query].join('?') },
  });
  return [
    ...methods
      .map((method) =>
        makeCase(
          plan,
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
    moved('a slash at the end of the path', `${path}/`),
    moved('the path in upper case', path.toUpperCase()),
    moved('a path below', `${path}/no/such/path`),
    moved('a path that is not there', '/no-such-path'),
  ];
}

function withoutBody(each: Case): Case {
  const { body: _, ...request } = each.request;
  return { ...each, request };
}

/** The contract's description says that undeclared query parameters are refused by name. */
function deriveQuery(plan: Plan): Case[] {
  return ['unknown', 'a.b', '[x]', '__proto__'].map((name) =>
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
