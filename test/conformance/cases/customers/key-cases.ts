// Cases for idempotency keys: which keys are the same, and which requests use them up.
import { randomUUID } from 'node:crypto';
import { ACCEPTED, type Case, ERROR_TYPES, type ErrorKind, rejected } from '../case.ts';
import { combineErrors } from '../combine-errors.ts';
import { orderOfChecks } from '../error-types.ts';
import type { Parts, RequestBuilder } from '../request-builder.ts';
import { type Context, firstOf, REPLAYED } from './idempotency-sequence.ts';

/** Different keys that are similar, and a key that is repeated at the end of the run. */
export function deriveExactKeys({ body, sequence }: Context): Case[] {
  const first = firstOf(body);
  const plain = first.parts;
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
    ...others.map(([label, key, change]) =>
      sequence('exact keys', `keys ${label}`, [{ ...first, key }], plain, ACCEPTED, change(key)),
    ),
    ...similarKeys().map(([label, one, ...rest]) =>
      sequence(
        'exact keys',
        `keys that are nearly the same: ${label}`,
        [one, ...rest.slice(0, -1)].map((key) => ({ ...first, key })),
        plain,
        ACCEPTED,
        rest.at(-1),
      ),
    ),
    {
      ...sequence('kept keys', 'repeated request at the end of the run', [first], plain, REPLAYED),
      isLast: true,
    },
  ];
}

/** Keys of rejected requests, which remain unused. */
export function deriveUnused({ builder, body, sequence }: Context): Case[] {
  return errorRequests(builder).map(([kind, parts]) =>
    sequence(
      'unused keys',
      `not used by a request rejected with ${ERROR_TYPES[kind]}`,
      [{ parts, expected: rejected(kind) }],
      firstOf(body).parts,
      ACCEPTED,
    ),
  );
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
function errorRequests(builder: RequestBuilder): [ErrorKind, Parts][] {
  return orderOfChecks(builder.contract)
    .filter((kind) => kind !== 'idempotency')
    .flatMap((kind): [ErrorKind, Parts][] => {
      const parts = combineErrors(builder, [kind]);
      return parts ? [[kind, parts]] : [];
    });
}
