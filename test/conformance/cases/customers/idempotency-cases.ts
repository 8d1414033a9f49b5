// Cases for operations with an idempotency key: which requests count as repeated, and which use up a key.
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { ACCEPTED, type Case, ERROR_TYPES, type ErrorKind, type Expected, encodeBasic, refused } from '../case.ts';
import { combineErrors } from '../combine-errors.ts';
import type { DemandName } from '../demands.ts';
import { findType, orderOfChecks } from '../error-types.ts';
import { acceptedCodings } from '../protocol/transfer-cases.ts';
import { IDEMPOTENCY_KEY, makeCase, type Parts, type RequestBuilder } from '../request-builder.ts';
import { otherBody, otherLists, otherProperties } from '../values/other-body.ts';

const REPLAYED: Expected = { kind: 'accepted', replayed: true };

const ANY: Expected = { kind: 'any' };

/** The number of requests that are sent at once. */
const AT_ONCE = 8;

export function deriveIdempotency(builder: RequestBuilder): Case[] {
  const { body, parameters, subject } = builder;
  const found = findType(builder, ERROR_TYPES.idempotency);
  const parameter = parameters.find((each) => each.parameter.name.toLowerCase() === IDEMPOTENCY_KEY);
  if (!body || !found || !parameter) return [];
  const { name } = parameter.parameter;
  const plain: Parts = { value: body.plain };
  const text = JSON.stringify(body.plain);
  const raw = (sent: string | Buffer): Parts => ({ raw: sent, value: body.plain });

  const sequence = (
    demand: DemandName,
    label: string,
    setup: { parts: Parts; expected: Expected; key?: string }[],
    then: Parts,
    expected: Expected,
    key: string = randomUUID(),
  ): Case => ({
    ...makeCase(
      builder,
      'idempotency',
      expected.kind === 'refused' ? found.pointer : parameter.pointer,
      `idempotency key: ${label}`,
      { ...then, parameters: { ...then.parameters, [name]: key } },
      expected,
      demand,
    ),
    before: setup.map((each) => ({
      ...builder.build({ ...each.parts, parameters: { ...each.parts.parameters, [name]: each.key ?? key } }),
      expected: each.expected,
      value: each.parts.value ?? body.plain,
    })),
  });
  const first = { parts: plain, expected: ACCEPTED };
  // All clients of the account share its keys.
  const ofOther = subject.user2
    ? { parts: { headers: { authorization: encodeBasic(subject.user2) } }, expected: ACCEPTED }
    : first;
  const repeated = (label: string, then: Parts) => sequence('same body', label, [first], then, REPLAYED);

  const isObject = typeof body.plain === 'object' && body.plain !== null && !Array.isArray(body.plain);
  const backwards = isObject ? JSON.stringify(Object.fromEntries(Object.entries(body.plain ?? {}).reverse())) : text;
  const other = otherBody(builder);
  // Pairs of keys that differ only in what is easily lost: letter case, the end of a long key, punctuation.
  const letters = () => `Case-${randomUUID()}-abcdefghijkl`;
  const long = () => `${randomUUID()}${randomUUID()}`.padEnd(254, 'x');
  const others: [label: string, key: string, change: (key: string) => string][] = [
    ['that differ in letter case', letters(), (key) => key.toUpperCase()],
    ['that differ in their last character', `${long()}a`, (key) => `${key.slice(0, -1)}b`],
    ['that differ in punctuation', letters(), (key) => key.replace('-', '_')],
    ['of which one begins with the other', letters(), (key) => `${key}0`],
  ];
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
    ...(other === undefined
      ? []
      : [
          sequence('other body', 'reused for another request', [first], { value: other }, refused('idempotency')),
          sequence(
            'unused keys',
            'of the first request after another one was refused',
            [first, { parts: { value: other }, expected: refused('idempotency') }],
            plain,
            REPLAYED,
          ),
        ]),
    ...otherProperties(builder).map(({ name: changed, value }) =>
      sequence('other body', `reused for another ${changed}`, [first], { value }, refused('idempotency')),
    ),
    ...otherLists(builder).map(({ label, isOrder, bodies: [before, after] }) =>
      sequence(
        isOrder ? 'order of members' : 'other body',
        `reused for a request with ${label}`,
        [{ parts: { value: before }, expected: ACCEPTED }],
        { value: after },
        refused('idempotency'),
      ),
    ),
    ...others.map(([label, key, change]) =>
      sequence('exact keys', `keys ${label}`, [{ ...first, key }], plain, ACCEPTED, change(key)),
    ),
    ...similarKeys().map(([label, first, ...rest]) =>
      sequence(
        'exact keys',
        `keys that are nearly the same: ${label}`,
        [first, ...rest.slice(0, -1)].map((key) => ({ parts: plain, expected: ACCEPTED, key })),
        plain,
        ACCEPTED,
        rest.at(-1),
      ),
    ),
    {
      ...sequence('kept keys', 'repeated request at the end of the run', [first], plain, REPLAYED),
      isLast: true,
    },
    ...rejected(builder).map(([kind, parts]) =>
      sequence(
        'unused keys',
        `not used by a request refused with ${ERROR_TYPES[kind]}`,
        [{ parts, expected: refused(kind) }],
        plain,
        ACCEPTED,
      ),
    ),
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
    ...(subject.user2
      ? [
          sequence(
            'keys of an account',
            'of another client of the account',
            [{ parts: { headers: { authorization: encodeBasic(subject.user2) } }, expected: ACCEPTED }],
            plain,
            REPLAYED,
          ),
        ]
      : []),
    ...(subject.otherUser
      ? [
          // The other account lacks these customers, so only a key that is shared by mistake lets the request through.
          sequence(
            'keys of an account',
            'of another account',
            [first],
            { headers: { authorization: encodeBasic(subject.otherUser) } },
            refused('customers'),
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

/** Different keys that programs confuse when they decode, unquote, truncate or parse numbers. */
function similarKeys(): [label: string, first: string, ...others: string[]][] {
  const key = `A-${randomUUID()}`;
  const digits = BigInt(`0x${randomUUID().replaceAll('-', '')}`)
    .toString()
    .padStart(39, '1');
  return [
    ['the order of characters', `${key}o`, [...`${key}o`].reverse().join('')],
    ['punctuation', `${key}.1`, `${key}1`, `${key}\\.1`, `${key.replaceAll('-', '')}.1`, `${key}.1/`],
    ['encodings', key, `%41${key.slice(1)}`, `\\u0041${key.slice(1)}`, `&#65;${key.slice(1)}`],
    ['quotes', `${key}q`, `"${key}q"`, `'${key}q'`],
    ['lists', `${key}l`, `${key}l;x`, `${key}l,x`, `x,${key}l`, `${key}l#x`, `${key}l?x`],
    [
      'numbers',
      digits,
      `${digits.slice(0, -1)}${(Number(digits.at(-1)) + 1) % 10}`,
      `0${digits}`,
      `+${digits}`,
      `${digits}.0`,
    ],
  ];
}

/** Requests with errors that do not use up the key. */
function rejected(builder: RequestBuilder): [ErrorKind, Parts][] {
  return orderOfChecks(builder.contract)
    .filter((kind) => kind !== 'idempotency')
    .flatMap((kind): [ErrorKind, Parts][] => {
      const parts = combineErrors(builder, [kind]);
      return parts ? [[kind, parts]] : [];
    });
}
