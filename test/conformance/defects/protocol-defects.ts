// Implementations that read spellings of HTTP wrongly: paths, media types, versions, credentials, encodings of JSON.
import type { Defect, ProxyRequest } from './rewriting-proxy.ts';

/** `change` rewrites the request as the implementation takes it. */
const reads = (rule: string, name: string, change: (request: ProxyRequest) => void): Defect => ({
  ...{ name, rule },
  request: change,
});

const path = (name: string, change: (path: string) => string) =>
  reads('path', name, (request) => {
    request.path = change(request.path);
  });

/** Accepts a media type as JSON in UTF-8. */
const mediaType = (name: string, isSame: (type: string) => boolean) =>
  reads('media-type', name, ({ headers }) => {
    if (isSame(headers['content-type'] ?? '')) headers['content-type'] = 'application/json';
  });

const version = (name: string, isSame: (version: string) => boolean) =>
  reads('versions', name, ({ headers }) => {
    if (isSame(String(headers['sequence-version'] ?? ''))) delete headers['sequence-version'];
  });

const credentials = (name: string, change: (text: string) => string) =>
  reads('security', name, ({ headers }) => {
    const [, encoded = ''] = /^basic ([A-Za-z0-9+/]+=*)$/i.exec(headers.authorization ?? '') ?? [];
    const text = Buffer.from(encoded, 'base64').toString();
    // The reference server handles what is not canonical.
    if (Buffer.from(text).toString('base64') === encoded && encoded !== '')
      headers.authorization = `Basic ${Buffer.from(change(text)).toString('base64')}`;
  });

export const PROTOCOL_DEFECTS: Defect[] = [
  path('merges doubled slashes in the path', (text) => text.replace(/\/+/g, '/')),
  path('ignores a suffix of the path', (text) => text.replace(/\.json(?=\?|$)/, '')),
  path('ignores parameters of the path', (text) => text.replace(/;[^?]*/, '')),
  reads('method', 'takes the method from a header', (request) => {
    request.method = request.headers['x-http-method-override']?.toString() ?? request.method;
  }),
  {
    ...{ name: 'returns an organization by its ID', rule: 'path' },
    async handle(request, forward) {
      const response = await forward(request);
      return request.method === 'GET' && /-organizations\/.{36}$/.test(request.path)
        ? { ...response, status: 200, body: '{}' }
        : response;
    },
  },
  mediaType('accepts text/json', (type) => type === 'text/json'),
  mediaType('accepts JSON in Latin-1', (type) => /;\s*charset=iso-8859-1/.test(type)),
  mediaType('accepts JSON in ASCII', (type) => /charset=us-ascii/.test(type)),
  mediaType('reads the charset in lower case only', (type) => /charset/i.test(type) && !/charset/.test(type)),
  version('reads dates with slashes', (text) => text.replaceAll('/', '-') === '2024-07-30'),
  version('reads a list of versions', (text) => text.split(', ').length > 1),
  credentials('ignores the letter case of client IDs', (text) => {
    const [clientId = '', ...secret] = text.split(':');
    return [clientId.toLowerCase(), ...secret].join(':');
  }),
  ...Object.entries({
    'trims client IDs': (text: string) => text.trimStart(),
    'ignores a byte order mark before client IDs': (text: string) => text.replace(/^\ufeff/, ''),
    'normalizes client IDs': (text: string) => text.replace(/^[^:]*/, (clientId) => clientId.normalize('NFKC')),
    'reads client IDs up to a NUL': (text: string) => text.replace(/^([^:\0]*)\0[^:]*/, '$1'),
    'takes ID and secret in any order': (text: string) => (text === 'secret:key' ? 'key:secret' : text),
    'finds client IDs that every object inherits': (text: string) =>
      text.replace(/^(constructor|__proto__):.*/, 'key:secret'),
  }).map(([name, change]) => credentials(name, change)),
  ...Object.entries<(path: string) => string>({
    'ignores the query parameter _': (text) => text.replace(/\?_=.*/, ''),
    'ignores query parameters of campaigns': (text) => text.replace(/\?utm_.*/, ''),
    'ignores query parameters without a value': (text) => text.replace(/\?\w+$/, ''),
  }).map(([name, change]) =>
    reads('query', name, (request) => {
      request.path = change(request.path);
    }),
  ),
  {
    ...{ name: 'sends HTML for pages that do not exist', rule: 'media type' },
    response(response, { method }) {
      if (response.status === 404 && method === 'GET') response.headers['content-type'] = 'text/html';
    },
  },
  {
    ...{ name: 'returns 405 for a DELETE of unknown paths', rule: 'path' },
    response(response, { method }) {
      if (response.status === 404 && method === 'DELETE') response.status = 405;
    },
  },
  {
    ...{ name: 'sends XML to clients that prefer it', rule: 'media type' },
    response({ headers }, request) {
      if (/xml/.test(request.headers.accept ?? '')) headers['content-type'] = 'application/xml';
    },
  },
  reads('media-type', 'reads parameters within quotes', ({ headers }) => {
    if (/charset=iso/.test(headers['content-type'] ?? '')) headers['content-type'] = 'text/plain';
  }),
  mediaType('accepts a charset in single quotes', (type) => /charset='utf-8'/.test(type)),
  path('ignores the last letter of a path', (text) => text.replace(/organization$/, 'organizations')),
  {
    ...{ name: 'knows Sequence-Version in lower case only', rule: 'versions' },
    server: (server) =>
      server.prependListener('request', ({ headers, rawHeaders }) => {
        if (rawHeaders.includes('Sequence-Version')) delete headers['sequence-version'];
      }),
  },
  reads('json', 'knows no escapes in values', (request) => {
    if (/:\s*"\\u00/.test(request.body)) request.body = '';
  }),
  version('takes quotes off versions', (text) => text === '"2024-07-30"'),
  version('reads months as versions', (text) => text === '2024-07'),
  version('reads dates that begin with the day', (text) => text === '30-07-2024'),
  version('reads a version that is given twice', (text) => text === '2024-07-30, 2024-07-30'),
  ...Object.entries<(body: string) => string>({
    'reads names without quotes': (body) => body.replace(/([{,])(\w+):/g, '$1"$2":'),
    'reads literals of Python': (body) => body.replace('True', 'true'),
    'skips no-break spaces around JSON': (body) => body.replace(/^\u00c2\u00a0/, ''),
    'skips form feeds around JSON': (body) => body.replace(/^\f/, ''),
    'skips vertical tabs in JSON': (body) => body.replace('\v', ''),
    'reads JSON up to a NUL': (body) => (body.endsWith('\0') && !body.endsWith('\0\0') ? body.slice(0, -1) : body),
    'reads UTF-32': (body) => (/^(.\0\0\0)+$/s.test(body) ? body.replaceAll('\0', '') : body),
    'replaces characters beyond Unicode': (body) => body.replace(/\u00f4\u0090../s, '?'),
  }).map(([name, change]) =>
    reads('json', name, (request) => {
      request.body = change(request.body);
    }),
  ),
  credentials('normalizes secrets', (text) => text.normalize('NFKC')),
  reads('json', 'reads UTF-16 with a byte order mark', (request) => {
    if (request.body.startsWith('\u00ff\u00fe'))
      request.body = Buffer.from(request.body.slice(2), 'latin1').toString('utf16le');
  }),
];
