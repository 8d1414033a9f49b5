// Implementations that are wrong in how they read a request: each takes something for what was asked that was not.
import type { Change, Wrong } from './rewriting-proxy.ts';

type Ask = NonNullable<Change['ask']>;

/** Changes the body of every request that is a JSON object. */
const takes = (change: (body: Record<string, unknown>) => void) =>
  asks((exchange) => {
    try {
      const body: unknown = JSON.parse(exchange.body);
      if (typeof body !== 'object' || body === null || Array.isArray(body)) return;
      const copy = { ...body };
      change(copy);
      exchange.body = JSON.stringify(copy);
    } catch {
      // What is no JSON stays as it is.
    }
  });

function asks(ask: Ask): { ask: Ask } {
  return { ask };
}

const texts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

export const WRONG_READING: Wrong[] = [
  {
    name: 'accepts unknown properties',
    rule: 'additionalProperties',
    ...takes((body) => {
      for (const name of Object.keys(body)) if (!['ownerId', 'memberIds'].includes(name)) delete body[name];
    }),
  },
  {
    name: 'takes missing members for none',
    rule: 'required',
    ...takes((body) => {
      body.memberIds ??= [];
    }),
  },
  {
    name: 'takes a text for a list',
    rule: 'type',
    ...takes((body) => {
      if (typeof body.memberIds === 'string') body.memberIds = [];
    }),
  },
  {
    name: 'takes null for no members',
    rule: 'type',
    ...takes((body) => {
      body.memberIds ??= [];
    }),
  },
  {
    name: 'accepts IDs in braces',
    rule: 'pattern',
    ...takes((body) => {
      body.ownerId = replaceText(body.ownerId, /^\{(.*)\}$/, '$1');
    }),
  },
  {
    name: 'trims IDs',
    rule: 'pattern',
    ...takes((body) => {
      body.ownerId = replaceText(body.ownerId, /^\s+|\s+$/g, '');
    }),
  },
  {
    name: 'accepts IDs as URNs',
    rule: 'pattern',
    ...takes((body) => {
      body.ownerId = replaceText(body.ownerId, /^urn:uuid:/, '');
    }),
  },
  {
    name: 'accepts more members than there may be',
    rule: 'maxItems',
    ...takes((body) => {
      if (texts(body.memberIds)) body.memberIds = body.memberIds.slice(0, 10_000);
    }),
  },
  {
    name: 'refuses as many members as there may be',
    rule: 'valid',
    ...takes((body) => {
      if (texts(body.memberIds) && body.memberIds.length > 9_999) body.memberIds = '';
    }),
  },
  {
    name: 'refuses IDs in upper case',
    rule: 'valid',
    ...takes((body) => {
      body.ownerId = replaceText(body.ownerId, /^.*[A-F].*$/, '');
    }),
  },
  {
    name: 'drops unknown customers silently',
    rule: 'customers',
    ...takes((body) => {
      const known = (id: string) => /^(50af5191|e309e948|e06f36e2)/i.test(id) || !/^[0-9a-f-]{36}$/.test(id);
      if (texts(body.memberIds)) body.memberIds = body.memberIds.filter(known);
    }),
  },
  {
    name: 'ignores an unknown version',
    rule: 'enum',
    ...asks(({ headers }) => {
      delete headers['sequence-version'];
    }),
  },
  {
    name: 'ignores the idempotency key',
    rule: 'idempotency',
    ...asks(({ headers }) => {
      delete headers['idempotency-key'];
    }),
  },
  {
    name: 'ignores the query',
    rule: 'query',
    ...asks((exchange) => {
      exchange.path = exchange.path.replace(/\?.*/, '');
    }),
  },
  {
    name: 'ignores a slash at the end',
    rule: 'path',
    ...asks((exchange) => {
      exchange.path = exchange.path.replace(/\/$/, '');
    }),
  },
  {
    name: 'lets everybody in',
    rule: 'security',
    ...asks(({ headers }) => {
      headers.authorization = 'Basic a2V5OnNlY3JldA==';
    }),
  },
  {
    name: 'reads any media type',
    rule: 'media-type',
    ...asks(({ headers }) => {
      headers['content-type'] = 'application/json';
    }),
  },
];

function replaceText(value: unknown, pattern: RegExp, replacement: string): unknown {
  return typeof value === 'string' ? value.replace(pattern, replacement) : value;
}
