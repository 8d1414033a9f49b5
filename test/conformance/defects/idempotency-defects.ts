// Implementations that read or keep idempotency keys wrongly.
import { randomUUID } from 'node:crypto';
import { ERROR_TYPES } from '../cases/case.ts';
import { errorResponse, readBody, typeOf } from './responses.ts';
import type { Defect, ProxyRequest, Rewrite } from './rewriting-proxy.ts';

const KEY = 'idempotency-key';

function keyOf({ headers }: ProxyRequest): string | undefined {
  return headers[KEY]?.toString();
}

/** Sends another key than the one that was received. */
const rewritesKey = (change: (key: string, request: ProxyRequest) => string): Rewrite => ({
  request(request) {
    const key = keyOf(request);
    if (key !== undefined) request.headers[KEY] = change(key, request);
  },
});

interface Organization {
  id: string;
  owner: { id: string; name: string };
  members: { id: string; name: string }[];
}

const rewritesReplays = (change: (body: Organization) => Organization): Rewrite => ({
  response(response) {
    if (response.headers['idempotency-replayed'] === undefined) return;
    response.body = JSON.stringify(change(JSON.parse(response.body))); // Made by the reference server.
  },
});

/** Rejects a key whose body differs in what this takes of it. */
const comparesBody = (read: (text: string) => string): Rewrite => ({
  async handle(request, forward, memory) {
    const key = keyOf(request);
    const text = readBody(request);
    if (key === undefined || text === undefined) return forward(request);
    const known = memory.get(key);
    if (known !== undefined && known !== read(text)) return errorResponse(409, 'IdempotencyKeyReused');
    const response = await forward(request);
    if (response.status === 201) memory.set(key, read(text));
    return response;
  },
});

/** Takes a later request with a known key for the first one if this says so. */
const repeatsFirst = (isSame: (first: string, request: string) => boolean): Rewrite => ({
  async handle(request, forward, memory) {
    const key = keyOf(request);
    const first = key === undefined ? undefined : memory.get(key);
    if (first !== undefined && isSame(first, request.body)) request.body = first;
    const response = await forward(request);
    if (key !== undefined && response.status === 201) memory.set(key, request.body);
    return response;
  },
});

const usesKeyOn = (type: string): Rewrite => ({
  async handle(request, forward, memory) {
    const key = keyOf(request);
    if (key !== undefined && memory.has(key)) return errorResponse(409, 'IdempotencyKeyReused');
    const response = await forward(request);
    if (key !== undefined && typeOf(response) === type) memory.set(key, type);
    return response;
  },
});

const sortItems = (text: string) => [...text.matchAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g)].map(String).sort().join();

const define = (name: string, rewrite: Rewrite, rule = 'idempotency'): Defect => ({ name, rule, ...rewrite });

export const IDEMPOTENCY_DEFECTS: Defect[] = [
  define('creates again on a replay, and marks it', {
    async handle(request, forward, memory) {
      const key = keyOf(request);
      const { [KEY]: _, ...headers } = request.headers;
      const response = await forward({ ...request, headers });
      if (key === undefined || response.status !== 201) return response;
      if (memory.has(key)) response.headers['idempotency-replayed'] = 'true';
      memory.set(key, '');
      return response;
    },
  }),
  define(
    'replays with a new ID',
    rewritesReplays((body) => ({ ...body, id: `${body.id.slice(0, -12)}${'0'.repeat(12)}` })),
  ),
  define(
    'replays without the members',
    rewritesReplays((body) => ({ ...body, members: [] })),
  ),
  define(
    'replays with another name',
    rewritesReplays((body) => ({ ...body, owner: { ...body.owner, name: 'Other' } })),
  ),
  define(
    'replays the first request ID',
    {
      async handle(request, forward, memory) {
        const response = await forward(request);
        const key = keyOf(request);
        const first = memory.get(key ?? '');
        if (key !== undefined && first !== undefined) response.headers['x-request-id'] = first;
        else if (key !== undefined) memory.set(key, response.headers['x-request-id'] ?? '');
        return response;
      },
    },
    'request id',
  ),
  define('marks every response with a key as a replay', {
    response(response, request) {
      if (response.status === 201 && keyOf(request) !== undefined) response.headers['idempotency-replayed'] = 'true';
    },
  }),
  define('marks every 201 as a replay', {
    response(response) {
      if (response.status === 201) response.headers['idempotency-replayed'] = 'true';
    },
  }),
  define('marks errors as replays', {
    response(response) {
      if (response.status >= 400) response.headers['idempotency-replayed'] = 'true';
    },
  }),
  define(
    'marks first responses with false',
    {
      response(response) {
        if (response.status === 201) response.headers['idempotency-replayed'] ??= 'false';
      },
    },
    'header value',
  ),
  define('does not mark replays', {
    response(response) {
      delete response.headers['idempotency-replayed'];
    },
  }),
  define('creates one organization for each of several requests at once', {
    async handle(request, forward, memory) {
      const key = keyOf(request);
      if (key !== undefined && memory.get(key) === 'pending') request.headers[KEY] = randomUUID();
      else if (key !== undefined) memory.set(key, 'pending');
      const response = await forward(request);
      if (key !== undefined) memory.set(key, 'known');
      return response;
    },
  }),
  define('rejects a key while its first request is pending', {
    async handle(request, forward, memory) {
      const key = keyOf(request);
      if (key !== undefined && memory.get(key) === 'pending') return errorResponse(409, 'IdempotencyKeyReused');
      if (key !== undefined) memory.set(key, 'pending');
      const response = await forward(request);
      if (key !== undefined) memory.set(key, 'known');
      return response;
    },
  }),
  ...Object.values(ERROR_TYPES).map((type) =>
    define(`uses the key of a request refused with ${type}`, usesKeyOn(type)),
  ),
  define(
    'compares bodies by their bytes',
    comparesBody((text) => text),
  ),
  define(
    'compares bodies with the order of properties',
    comparesBody((text) => text.replace(/\s/g, '')),
  ),
  define(
    'ignores the order of members',
    repeatsFirst((first, other) => sortItems(first) === sortItems(other)),
  ),
  define(
    'ignores the body behind a known key',
    repeatsFirst(() => true),
  ),
  define(
    'compares bodies by their owner only',
    repeatsFirst((first, other) => ownerOf(first) === ownerOf(other)),
  ),
  define(
    'compares bodies by their owner and last member',
    repeatsFirst(
      (first, other) => ownerOf(first) === ownerOf(other) && membersOf(first).at(-1) === membersOf(other).at(-1),
    ),
  ),
  ...[3, 20].map((count) =>
    define(
      `compares ${count} items of bodies`,
      repeatsFirst((first, other) => {
        const read = (text: string) => [ownerOf(text), ...membersOf(text).slice(0, count)].join();
        return read(first) === read(other) && membersOf(first).length > 0 && membersOf(other).length > 0;
      }),
    ),
  ),
  define(
    'compares the first of the members, each once',
    repeatsFirst((first, other) => {
      const read = (text: string) => [ownerOf(text), ...[...new Set(membersOf(text))].slice(0, 1)].join();
      return read(first) === read(other) && membersOf(first).length > 0 && membersOf(other).length > 0;
    }),
  ),
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
      // The first client's credentials, as if the key alone named what was created.
      if (known !== undefined && request.headers.authorization?.startsWith('Basic '))
        request.headers.authorization = known;
      const response = await forward(request);
      if (key !== undefined && response.status === 201) memory.set(key, request.headers.authorization ?? '');
      return response;
    },
  }),
  define(
    'replays with 200',
    {
      response(response) {
        if (response.headers['idempotency-replayed'] !== undefined) response.status = 200;
      },
    },
    'status',
  ),
];

function ownerOf(text: string): string | undefined {
  return /"ownerId":\s*"([^"]*)"/.exec(text)?.[1];
}

function membersOf(text: string): string[] {
  return /"memberIds":\s*\[([^\]]*)/.exec(text)?.[1]?.match(/[^\s",]+/g) ?? [];
}

/** Short, so that the key stays one. */
function hash(text: string): string {
  return Buffer.from(text).toString('hex').slice(-8);
}
