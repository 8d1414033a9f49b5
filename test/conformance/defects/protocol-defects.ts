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

/** Takes a media type for JSON in UTF-8. */
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
    // What is not canonical is left to the reference server.
    if (Buffer.from(text).toString('base64') === encoded && encoded !== '')
      headers.authorization = `Basic ${Buffer.from(change(text)).toString('base64')}`;
  });

export const PROTOCOL_DEFECTS: Defect[] = [
  path('merges doubled slashes in the path', (text) => text.replace(/\/+/g, '/')),
  path('ignores a suffix of the path', (text) => text.replace(/\.json(?=\?|$)/, '')),
  path('ignores parameters of the path', (text) => text.replace(/;[^?]*/, '')),
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
  credentials('normalizes secrets', (text) => text.normalize('NFKC')),
  reads('json', 'reads UTF-16 with a byte order mark', (request) => {
    if (request.body.startsWith('\u00ff\u00fe'))
      request.body = Buffer.from(request.body.slice(2), 'latin1').toString('utf16le');
  }),
];
