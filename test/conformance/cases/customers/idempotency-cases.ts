// Cases for operations with an idempotency key: which requests count as repeated, and which use up a key.
import { gzipSync } from 'node:zlib';
import { ACCEPTED, type Case, ERROR_TYPES, type Expected, encodeBasic, rejected } from '../case.ts';
import { findType } from '../error-types.ts';
import { acceptedCodings } from '../protocol/transfer-cases.ts';
import { IDEMPOTENCY_KEY, type Parts, type RequestBuilder } from '../request-builder.ts';
import { otherBody, otherLists, otherProperties } from '../values/other-body.ts';
import { type Context, createSequence, firstOf, REPLAYED } from './idempotency-sequence.ts';
import { deriveExactKeys, deriveUnused } from './key-cases.ts';

const ANY: Expected = { kind: 'any' };

/** The number of requests that are sent at once. */
const AT_ONCE = 8;

export function deriveIdempotency(builder: RequestBuilder): Case[] {
  const { body, parameters } = builder;
  const found = findType(builder, ERROR_TYPES.idempotency);
  const parameter = parameters.find((each) => each.parameter.name.toLowerCase() === IDEMPOTENCY_KEY);
  if (!body || !found || !parameter) return [];
  const context: Context = { builder, body, sequence: createSequence(builder, parameter, found.pointer) };
  return [
    ...deriveRepeated(context),
    ...deriveReused(context),
    ...deriveExactKeys(context),
    ...deriveUnused(context),
    ...deriveSimultaneous(context),
    ...deriveOtherClients(context),
  ];
}

/** Repeated requests, whose responses are replays however the body is written. */
function deriveRepeated({ builder, body, sequence }: Context): Case[] {
  const first = firstOf(body);
  const plain = first.parts;
  const text = JSON.stringify(body.plain);
  const raw = (sent: string | Buffer): Parts => ({ raw: sent, value: body.plain });
  const repeated = (label: string, then: Parts) => sequence('same body', label, [first], then, REPLAYED);
  const isObject = typeof body.plain === 'object' && body.plain !== null && !Array.isArray(body.plain);
  const backwards = isObject ? JSON.stringify(Object.fromEntries(Object.entries(body.plain ?? {}).reverse())) : text;
  return [
    sequence('created once', 'repeated request', [first], plain, REPLAYED),
    inTitleCase(
      sequence(
        'created once',
        'request repeated twice, last with its headers in title case',
        [first, { parts: plain, expected: REPLAYED }],
        plain,
        REPLAYED,
      ),
    ),
    ...inUpperCase(builder).map((parts) =>
      sequence(
        'created once',
        'repeated request in chunks, with IDs in upper case',
        [{ parts, expected: ACCEPTED }],
        parts,
        REPLAYED,
      ),
    ),
    repeated('repeated request with other white space', raw(JSON.stringify(body.plain, null, 3))),
    ...(backwards === text ? [] : [repeated('repeated request with its properties in reverse order', raw(backwards))]),
    repeated('repeated request with another spelling of Content-Type', {
      ...plain,
      headers: { 'content-type': `${body.mediaType.toUpperCase()};charset="UTF-8"` },
    }),
    ...(acceptedCodings(builder).includes('gzip')
      ? [
          repeated('repeated request in gzip', {
            ...raw(gzipSync(text, { level: 1 })),
            headers: { 'content-encoding': 'gzip' },
          }),
        ]
      : []),
  ];
}

/** Keys that are reused for another body. */
function deriveReused({ builder, body, sequence }: Context): Case[] {
  const first = firstOf(body);
  const other = otherBody(builder);
  return [
    ...(other === undefined
      ? []
      : [
          sequence('other body', 'reused for another request', [first], { value: other }, rejected('idempotency')),
          sequence(
            'unused keys',
            'of the first request after another one was rejected',
            [first, { parts: { value: other }, expected: rejected('idempotency') }],
            first.parts,
            REPLAYED,
          ),
        ]),
    ...otherProperties(builder).map(({ name: changed, value }) =>
      sequence('other body', `reused for another ${changed}`, [first], { value }, rejected('idempotency')),
    ),
    ...otherLists(builder).map(({ label, isOrder, bodies: [before, after] }) =>
      sequence(
        isOrder ? 'order of members' : 'other body',
        `reused for a request with ${label}`,
        [{ parts: { value: before }, expected: ACCEPTED }],
        { value: after },
        rejected('idempotency'),
      ),
    ),
  ];
}

/** Requests with one key that are sent at once. */
function deriveSimultaneous({ builder, body, sequence }: Context): Case[] {
  const { user2 } = builder.subject;
  const first = firstOf(body);
  const plain = first.parts;
  const other = otherBody(builder);
  // All clients of the account share its keys.
  const ofOther = user2 ? { parts: { headers: { authorization: encodeBasic(user2) } }, expected: ACCEPTED } : first;
  return [
    {
      ...sequence(
        'at the same time',
        `${AT_ONCE} requests at once`,
        Array.from({ length: AT_ONCE - 1 }, (_, index) => (index % 2 === 0 ? ofOther : first)),
        plain,
        ACCEPTED,
      ),
      delivery: 'together',
    },
    ...(other === undefined
      ? []
      : [
          {
            ...sequence(
              'at the same time',
              'two different requests at once, twice each',
              [plain, { value: other }, plain].map((parts) => ({ parts, expected: ANY })),
              { value: other },
              ANY,
            ),
            delivery: 'together' as const,
          },
        ]),
  ];
}

/** Keys of other clients, which only those of the same account share. */
function deriveOtherClients({ builder, body, sequence }: Context): Case[] {
  const { user2, otherUser } = builder.subject;
  const first = firstOf(body);
  return [
    ...(user2
      ? [
          sequence(
            'keys of an account',
            'of another client of the account',
            [{ parts: { headers: { authorization: encodeBasic(user2) } }, expected: ACCEPTED }],
            first.parts,
            REPLAYED,
          ),
        ]
      : []),
    ...(otherUser
      ? [
          // The other account lacks these customers, so only a key that is shared by mistake lets the request through.
          sequence(
            'keys of an account',
            'of another account',
            [first],
            { headers: { authorization: encodeBasic(otherUser) } },
            rejected('customers'),
          ),
        ]
      : []),
  ];
}

/** RFC 9110, section 5.1: names of headers are case-insensitive. Most clients send names in title case. */
function inTitleCase(each: Case): Case {
  const headers = Object.entries(each.request.headers).map(([name, value]) => [
    // The curl command reads these two.
    ['authorization', 'content-type'].includes(name)
      ? name
      : name.replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase()),
    value,
  ]);
  return { ...each, request: { ...each.request, headers: Object.fromEntries(headers) } };
}

const UUIDS = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g;

/** The body is sent in chunks and with IDs in upper case, where the contract allows it. */
function inUpperCase({ body, reader }: RequestBuilder): Parts[] {
  const raw = JSON.stringify(body?.plain).replace(UUIDS, (id) => id.toUpperCase());
  const value = JSON.parse(raw);
  if (!body || reader.violationsIn(body.schema, value).length > 0) return [];
  return [{ raw, value, headers: { 'transfer-encoding': 'chunked' } }];
}
