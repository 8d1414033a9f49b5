// Implementations that replay responses wrongly, or compare the bodies of one idempotency key wrongly.
import { randomUUID } from 'node:crypto';
import { ERROR_TYPES } from '../cases/case.ts';
import { KEY_DEFECTS } from './key-defects.ts';
import { define, KEY, keyOf, membersOf, ownerOf } from './keyed-requests.ts';
import { errorResponse, readBody, typeOf } from './responses.ts';
import type { Defect, Rewrite } from './rewriting-proxy.ts';

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

/** Rejects a key when the selected parts of the bodies differ. */
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

/** Treats a later request with a known key as the first one, under this condition. */
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
    define(`uses the key of a request rejected with ${type}`, usesKeyOn(type)),
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
  ...KEY_DEFECTS,
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
