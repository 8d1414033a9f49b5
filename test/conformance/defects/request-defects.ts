// Implementations that read requests wrongly, each with one defect.
import type { Defect, Rewrite } from './rewriting-proxy.ts';

type RewriteRequest = NonNullable<Rewrite['request']>;

/** Rewrites the body of every request that is a JSON object. */
const readsBody = (change: (body: Record<string, unknown>) => void) =>
  reads((request) => {
    try {
      const body: unknown = JSON.parse(request.body);
      if (typeof body !== 'object' || body === null || Array.isArray(body)) return;
      const copy = { ...body };
      change(copy);
      request.body = JSON.stringify(copy);
    } catch {
      // Malformed JSON is forwarded unchanged.
    }
  });

function reads(request: RewriteRequest): { request: RewriteRequest } {
  return { request };
}

const isStringArray = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

const KNOWN = 'e309e948-088e-4d77-b654-cd85498f1555';

export const REQUEST_DEFECTS: Defect[] = [
  {
    name: 'accepts unknown properties',
    rule: 'additionalProperties',
    ...readsBody((body) => {
      for (const name of Object.keys(body)) if (!['ownerId', 'memberIds'].includes(name)) delete body[name];
    }),
  },
  {
    name: 'reads missing members as none',
    rule: 'required',
    ...readsBody((body) => {
      body.memberIds ??= [];
    }),
  },
  {
    name: 'reads a string as an array',
    rule: 'type',
    ...readsBody((body) => {
      if (typeof body.memberIds === 'string') body.memberIds = [];
    }),
  },
  {
    name: 'reads null as no members',
    rule: 'type',
    ...readsBody((body) => {
      body.memberIds ??= [];
    }),
  },
  {
    name: 'takes an array of one for its item',
    rule: 'type',
    ...readsBody((body) => {
      if (isStringArray(body.ownerId)) body.ownerId = body.ownerId[0];
    }),
  },
  {
    name: 'takes an object with an ID for the ID',
    rule: 'type',
    ...readsBody((body) => {
      if (!Array.isArray(body.memberIds)) return;
      body.memberIds = body.memberIds.map((each) =>
        each !== null && Object.hasOwn(Object(each), 'id') ? each.id : each,
      );
    }),
  },
  {
    name: 'parses JSON in JSON',
    rule: 'type',
    ...reads((request) => {
      if (request.body.startsWith('"{')) request.body = String(JSON.parse(request.body));
    }),
  },
  {
    name: 'takes the body out of an envelope',
    rule: 'additionalProperties',
    ...readsBody((body) => {
      if (typeof body.data !== 'object' || body.data === null) return;
      Object.assign(body, body.data);
      delete body.data;
    }),
  },
  {
    name: 'validates 1,000 items',
    rule: 'type',
    ...readsBody((body) => {
      if (!Array.isArray(body.memberIds)) return;
      body.memberIds = body.memberIds.map((each, index) => (index < 1_000 || typeof each === 'string' ? each : KNOWN));
    }),
  },
  {
    name: 'accepts IDs in braces',
    rule: 'pattern',
    ...readsBody((body) => {
      body.ownerId = replaceText(body.ownerId, /^\{(.*)\}$/, '$1');
    }),
  },
  {
    name: 'accepts IDs with white space',
    rule: 'pattern',
    ...readsBody((body) => {
      body.ownerId = replaceText(body.ownerId, /^\s+|\s+$/g, '');
    }),
  },
  {
    name: 'accepts IDs as URNs',
    rule: 'pattern',
    ...readsBody((body) => {
      body.ownerId = replaceText(body.ownerId, /^urn:uuid:/, '');
    }),
  },
  {
    name: 'accepts too many members',
    rule: 'maxItems',
    ...readsBody((body) => {
      if (isStringArray(body.memberIds)) body.memberIds = body.memberIds.slice(0, 10_000);
    }),
  },
  {
    name: 'rejects the maximum number of members',
    rule: 'valid',
    ...readsBody((body) => {
      if (isStringArray(body.memberIds) && body.memberIds.length > 9_999) body.memberIds = '';
    }),
  },
  {
    name: 'rejects IDs in upper case',
    rule: 'valid',
    ...readsBody((body) => {
      body.ownerId = replaceText(body.ownerId, /^.*[A-F].*$/, '');
    }),
  },
  {
    name: 'ignores unknown customers',
    rule: 'customers',
    ...readsBody((body) => {
      const known = (id: string) => /^(50af5191|e309e948|e06f36e2)/i.test(id) || !/^[0-9a-f-]{36}$/.test(id);
      if (isStringArray(body.memberIds)) body.memberIds = body.memberIds.filter(known);
    }),
  },
  {
    name: 'ignores an unknown version',
    rule: 'enum',
    ...reads(({ headers }) => {
      delete headers['sequence-version'];
    }),
  },
  {
    name: 'ignores the idempotency key',
    rule: 'idempotency',
    ...reads(({ headers }) => {
      delete headers['idempotency-key'];
    }),
  },
  {
    name: 'ignores the query',
    rule: 'query',
    ...reads((request) => {
      request.path = request.path.replace(/\?.*/, '');
    }),
  },
  {
    name: 'ignores a trailing slash',
    rule: 'path',
    ...reads((request) => {
      request.path = request.path.replace(/\/$/, '');
    }),
  },
  {
    name: 'accepts any credentials',
    rule: 'security',
    ...reads(({ headers }) => {
      headers.authorization = 'Basic a2V5OnNlY3JldA==';
    }),
  },
  {
    name: 'accepts any media type',
    rule: 'media-type',
    ...reads(({ headers }) => {
      headers['content-type'] = 'application/json';
    }),
  },
];

function replaceText(value: unknown, pattern: RegExp, replacement: string): unknown {
  return typeof value === 'string' ? value.replace(pattern, replacement) : value;
}
