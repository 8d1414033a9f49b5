// Cases for the parts of a request that HTTP has: media type, method, path, query.
import { basePathOf, type Contract, operationsOf } from '../../../../openapi/model/contract.ts';
import { ACCEPTED, type Case, type Expected, rejected, rejectedAt } from '../case.ts';
import type { DemandName } from '../demands.ts';
import { pathPattern } from '../path-pattern.ts';
import { makeCase, type RequestBuilder } from '../request-builder.ts';
import { withoutBody } from './json-cases.ts';
import { acceptedCodings } from './transfer-cases.ts';

export function deriveHttpCases(builder: RequestBuilder): Case[] {
  return [...deriveMediaTypes(builder), ...deriveMethodsAndPaths(builder), ...deriveQuery(builder)];
}

function deriveMediaTypes(builder: RequestBuilder): Case[] {
  if (!builder.body) return [];
  const { content, mediaType } = builder.body;
  const make = (type: string | undefined, expected: Expected, demand?: DemandName) =>
    makeCase(
      builder,
      'media-type',
      content,
      `Content-Type ${type ?? 'missing'}`,
      { headers: { 'content-type': type } },
      expected,
      demand,
    );
  const same = [`${mediaType}; charset=utf-8`, `${mediaType};charset="UTF-8"`, mediaType.toUpperCase()];
  const others = [
    'text/plain',
    'text/json',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ];
  const alike = [`${mediaType}x`, `x${mediaType}`, 'application/problem+json', 'json', '*/*'];
  return [
    ...same.map((type) => make(type, ACCEPTED)),
    ...[`${mediaType} ; x=1`, `${mediaType}; x="y;charset=iso-8859-1"`].map((type) =>
      make(type, ACCEPTED, 'media type'),
    ),
    ...accepts(builder),
    ...[undefined, ...others, ...alike].map((type) => make(type, rejected('mediaType'))),
    ...[...['charset=utf-16', 'charset=iso-8859-1', 'charset=us-ascii'], 'CHARSET=iso-8859-1', "charset='utf-8'"].map(
      (parameter) => make(`${mediaType}; ${parameter}`, rejected('mediaType'), 'media type'),
    ),
    // The content coding is unknown, which is a 415, too (RFC 9110, section 8.4).
    {
      ...makeCase(
        builder,
        'media-type',
        content,
        'Content-Encoding x-unknown',
        { headers: { 'content-encoding': 'x-unknown' } },
        rejected('mediaType'),
        'codings',
      ),
      header: { name: 'accept-encoding', entries: codingsOf(builder), demand: 'accepted codings' },
    },
  ];
}

/** Values of `Accept` without JSON. The contract has no other media type. */
const PREFERENCES = 'text/html,application/xml;q=0.9,*/*;q=0.1';

function accepts(builder: RequestBuilder): Case[] {
  const parts = [{}, { query: 'unknown=1' }];
  return parts.map((each, index) =>
    makeCase(
      ...([builder, 'media-type', builder.body?.content ?? builder.pointer] as const),
      `Accept ${PREFERENCES}, ${index === 0 ? 'a valid request' : 'an invalid one'}`,
      { ...each, headers: { accept: PREFERENCES } },
      index === 0 ? ACCEPTED : rejectedAt({ in: 'query', pointer: '/unknown' }),
    ),
  );
}

/** A mock may run in a browser, which cannot decompress zstd. */
function codingsOf(builder: RequestBuilder): string[] {
  return acceptedCodings(builder).filter((coding) => !builder.subject.mock || coding !== 'zstd');
}

/** OPTIONS is omitted, because CORS preflight may handle it. */
function deriveMethodsAndPaths(builder: RequestBuilder): Case[] {
  const { contract, entry } = builder;
  const declared = Object.keys(contract.paths[entry.path] ?? {});
  const methods = ['get', 'put', 'post', 'delete', 'patch', 'head'].filter((method) => !declared.includes(method));
  const plain = builder.build();
  const [path = '', ...query] = plain.path.split('?');
  const atPath = (label: string, otherPath: string, demand?: DemandName): Case => ({
    ...makeCase(builder, 'path', '/x-fallback-responses/404', label, {}, rejected('path'), demand),
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
          rejected('method'),
        ),
      )
      .map((each) => (['GET', 'HEAD'].includes(each.request.method) ? withoutBody(each) : each)),
    ...methods
      .filter((method) => method === 'put')
      .map((method) =>
        makeCase(
          ...([builder, 'method', '/x-fallback-responses/405', `method PUT with X-HTTP-Method-Override`] as const),
          { method: method.toUpperCase(), headers: { 'x-http-method-override': entry.method.toUpperCase() } },
          rejected('method'),
        ),
      ),
    ...[
      atPath('a trailing slash in the path', `${path}/`, 'exact path'),
      atPath('the path in upper case', path.toUpperCase(), 'exact path'),
      { ...atPath('a doubled slash in the path', `/${path}`, 'exact path'), byProxy: 'A proxy merges slashes.' },
      atPath('a suffix of the path', `${path}.json`, 'exact path'),
      atPath('a parameter of the path', `${path};x=1`, 'exact path'),
      atPath('a path below the operation', `${path}/no/such/path`),
      atPath('a path without its last character', path.slice(0, -1)),
      atPath('an undeclared path', '/no-such-path'),
      ...[
        ['GET', '/no-such-path'],
        ['DELETE', '/no-such-path'],
        ['GET', `${path}/${builder.subject.owner}`],
      ].map(([method = '', target = '']) => {
        const { 'content-type': _, ...headers } = plain.headers;
        const each = atPath(`${method} of an undeclared path`, target);
        return withoutBody({ ...each, request: { ...each.request, method, headers } });
      }),
    ].filter(({ request }) => !isDeclared(contract, request.path)),
  ];
}

/** Another path of the contract may match. */
function isDeclared(contract: Contract, target: string): boolean {
  const [path] = target.split('?');
  return operationsOf(contract).some((each) => pathPattern(contract, each.path).test(`${basePathOf(contract)}${path}`));
}

/** The contract's description says that undeclared query parameters are rejected and reported. */
function deriveQuery(builder: RequestBuilder): Case[] {
  const make = (label: string, name: string, query: string, demand: DemandName) =>
    makeCase(
      builder,
      'query',
      `${builder.pointer}/parameters`,
      `query parameter ${label}`,
      { query },
      rejectedAt({ in: 'query', pointer: `/${name}` }),
      demand,
    );
  return [
    ...['unknown', 'a.b', '[x]', '__proto__', '_', 'utm_source'].map((name) =>
      make(name, name, `${name}=1`, 'unknown names'),
    ),
    make('without a value', 'pretty', 'pretty', 'unknown names'),
    make('unknown, twice', 'unknown', 'unknown=1&unknown=2', 'first violations'),
  ];
}
