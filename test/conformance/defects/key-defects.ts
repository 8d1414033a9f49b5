// Implementations that read or keep idempotency keys wrongly.
import { randomUUID } from 'node:crypto';
import { define, KEY, keyOf, membersOf, ownerOf } from './keyed-requests.ts';
import type { Defect, ProxyRequest, Rewrite } from './rewriting-proxy.ts';

/** Sends another key than the one that was received. */
const rewritesKey = (change: (key: string, request: ProxyRequest) => string): Rewrite => ({
  request(request) {
    const key = keyOf(request);
    if (key !== undefined) request.headers[KEY] = change(key, request);
  },
});

export const KEY_DEFECTS: Defect[] = [
  define('knows its headers in lower case only', {
    server: (server) =>
      server.prependListener('request', ({ headers, rawHeaders }) => {
        if (rawHeaders.includes('Idempotency-Key')) delete headers[KEY];
      }),
  }),
  ...Object.entries<(request: ProxyRequest) => boolean>({
    'ignores keys of bodies over 64 KiB': ({ body }) => body.length > 65_536,
    'ignores keys of more than 100 members': ({ body }) => membersOf(body).length > 100,
    'ignores keys of bodies in chunks': ({ headers }) => headers['transfer-encoding'] !== undefined,
    'ignores keys of owners in upper case': ({ body }) => /[A-F]/.test(ownerOf(body) ?? ''),
  }).map(([name, isIgnored]) =>
    define(name, {
      request(request) {
        if (isIgnored(request)) delete request.headers[KEY];
      },
    }),
  ),
  define('creates for each of two clients at once', {
    async handle(request, forward, memory) {
      const key = keyOf(request);
      const other = key === undefined ? undefined : memory.get(key);
      const client = request.headers.authorization ?? '';
      if (key !== undefined && other !== undefined && other !== client)
        request.headers[KEY] = `${key.slice(0, 200)}${hash(client)}`;
      else if (key !== undefined) memory.set(key, client);
      const response = await forward(request);
      if (key !== undefined) memory.delete(key);
      return response;
    },
  }),
  define(
    'compares keys by their characters in any order',
    rewritesKey((key) => [...key].sort().join('')),
  ),
  define('keeps ten keys', {
    async handle(request, forward, memory) {
      const key = keyOf(request);
      if (key === undefined) return forward(request);
      const own = memory.get(key) ?? randomUUID();
      memory.delete(key);
      memory.set(key, own);
      for (const each of [...memory.keys()].slice(0, -10)) memory.delete(each);
      // The key is checked by its own rules first.
      return forward(
        /^[!-~]{1,218}$/.test(key) ? { ...request, headers: { ...request.headers, [KEY]: key + own } } : request,
      );
    },
  }),
  define('creates for each of two different requests at once', {
    async handle(request, forward, memory) {
      const key = keyOf(request);
      const other = key === undefined ? undefined : memory.get(key);
      if (key !== undefined && other !== undefined && other !== request.body) request.headers[KEY] = randomUUID();
      else if (key !== undefined) memory.set(key, request.body);
      const response = await forward(request);
      if (key !== undefined) memory.delete(key);
      return response;
    },
  }),
  ...Object.entries({
    'decodes keys': (key: string) => key.replace('%41', 'A'),
    'reads keys as strings with escapes': (key: string) => key.replace('\\u0041', 'A'),
    'takes quotes off keys': (key: string) => key.replace(/^"(.+)"$/, '$1'),
    'reads a key up to a semicolon': (key: string) => key.replace(/(.);.*/, '$1'),
    'reads a key up to a comma': (key: string) => key.replace(/(.),.*/, '$1'),
    'ignores hyphens in keys': (key: string) => key.replaceAll('-', '') || 'x',
    'ignores dots in keys': (key: string) => key.replaceAll('.', '') || 'x',
    'ignores backslashes in keys': (key: string) => key.replaceAll('\\', '') || 'x',
    'reads keys of digits as numbers': (key: string) => (/^[+\d.]+$/.test(key) ? String(Number(key)) : key),
    'reads keys of digits as integers': (key: string) => (/^\d+$/.test(key) ? String(BigInt(key)) : key),
  }).map(([name, change]) => define(name, rewritesKey(change))),
  define(
    'ignores the letter case of keys',
    rewritesKey((key) => key.toLowerCase()),
  ),
  define(
    'reads 64 characters of a key',
    rewritesKey((key) => key.slice(0, 64)),
  ),
  define(
    'reads 254 characters of a key',
    rewritesKey((key) => key.slice(0, 254)),
  ),
  define(
    'ignores punctuation in keys',
    rewritesKey((key) => key.replace(/[^0-9A-Za-z]/g, '') || 'x'),
  ),
  define(
    'keeps keys for each client',
    rewritesKey((key, { headers }) => `${hash(headers.authorization ?? '')}${key}`.slice(0, 255)),
  ),
  define('shares keys between accounts', {
    async handle(request, forward, memory) {
      const key = keyOf(request);
      const known = key === undefined ? undefined : memory.get(key);
      // Sends the first client's credentials, as if the key alone identified the organization.
      if (known !== undefined && request.headers.authorization?.startsWith('Basic '))
        request.headers.authorization = known;
      const response = await forward(request);
      if (key !== undefined && response.status === 201) memory.set(key, request.headers.authorization ?? '');
      return response;
    },
  }),
];

/** The value is short, so that the key remains valid. */
function hash(text: string): string {
  return Buffer.from(text).toString('hex').slice(-8);
}
