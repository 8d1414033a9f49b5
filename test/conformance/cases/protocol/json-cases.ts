// Cases for JSON, RFC 8259: white space, property order and escapes carry no meaning; all other syntax is strict.
import { isUtf8 } from 'node:buffer';
import { ACCEPTED, type Case, type Expected, rejected, rejectedAt } from '../case.ts';
import type { DemandName } from '../demands.ts';
import { makeCase, type RequestBuilder } from '../request-builder.ts';

type Sent = [label: string, raw: string | Buffer];

export function deriveJson(builder: RequestBuilder): Case[] {
  const { body } = builder;
  if (!body?.mediaType.includes('json')) return [];
  const make = (label: string, raw: string | Buffer, expected: Expected, demand?: DemandName) =>
    makeCase(builder, 'json', body.content, `JSON ${label}`, { raw }, expected, demand);
  const text = JSON.stringify(body.plain);
  const isObject = typeof body.plain === 'object' && body.plain !== null && !Array.isArray(body.plain);
  const backwards = isObject ? JSON.stringify(Object.fromEntries(Object.entries(body.plain ?? {}).reverse())) : text;
  // The first letter of a name, and the first character of a value.
  const escaped = text.replace(
    /(?<=^[^A-Za-z]*|:")[A-Za-z0-9]/g,
    (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`,
  );
  const accepted: [string, string][] = [
    ['with white space', ` \r\n\t${JSON.stringify(body.plain, null, 2)}\n`],
    ['with the properties in reverse order', backwards],
    ['with an escape', escaped],
  ];
  const missing = body.required
    ? {
        ...make('missing', '', rejectedAt({ in: 'body', pointer: '' }), 'missing body'),
        pointer: `${body.pointer}/required`,
      }
    : withoutBody({
        ...make('omitted, which is allowed', '', ACCEPTED),
        ...{ pointer: body.pointer, rule: 'valid', value: undefined },
        request: builder.build({ headers: { 'content-type': undefined } }),
      });
  return [
    ...accepted.filter(([, raw]) => isJson(raw)).map(([label, raw]) => make(label, raw, ACCEPTED)),
    // A change that breaks one value may leave another one valid, such as a number, or leave no body, if it has one
    // digit.
    ...malformed(text)
      .filter(([, raw]) => raw.length > 0 && !isJson(raw))
      .map(([label, raw]) => ({
        ...make(label, raw, rejected('json')),
        // Bytes that are not UTF-8 have no columns.
        ...(isUtf8(Buffer.from(raw)) && { message: LINE_AND_COLUMN }),
      })),
    {
      ...make('with an error in line 12', `${'\n'.repeat(11)}[x]`, rejected('json'), 'line and column'),
      message: LINE_12,
    },
    ...enveloped(builder, make),
    make('with white space only', ' \n', rejected('json'), 'blank body'),
    missing,
    ...deriveEdges(builder),
  ];
}

/** Parsers count differently and wording may change, so only two numbers are required. */
const LINE_AND_COLUMN: NonNullable<Case['message']> = {
  pattern: /\d\D+\d/,
  what: 'the line and the column',
  demand: 'line and column',
};

/** Columns count from 0 or 1. */
const LINE_12: NonNullable<Case['message']> = {
  pattern: /(?<!\d)1[12](?!\d)/,
  what: 'the line 12',
  demand: 'line and column',
};

/** The body is nested in another object: all missing and unknown properties are reported. */
function enveloped(
  { body, reader }: RequestBuilder,
  make: (label: string, raw: string, expected: Expected) => Case,
): Case[] {
  const value = { data: body?.plain };
  const locations = body ? reader.violationsIn(body.schema, value).map(({ location }) => location) : [];
  const isClosed = body?.schema.schema.additionalProperties === false;
  if (!body || !isClosed || new Set(locations).size !== locations.length) return [];
  const expected = rejectedAt(...locations.map((pointer) => ({ in: 'body' as const, pointer })));
  const pointer = `${body.schema.pointer}/additionalProperties`;
  return [{ ...make('in an envelope', JSON.stringify(value), expected), rule: 'additionalProperties', pointer, value }];
}

function malformed(text: string): Sent[] {
  const bytes = (...values: number[]) => {
    const quote = text.indexOf('"') + 1;
    return Buffer.concat([Buffer.from(text.slice(0, quote)), Buffer.from(values), Buffer.from(text.slice(quote))]);
  };
  return [
    ['truncated', text.slice(0, -1)],
    ['with trailing text', `${text}x`],
    ['repeated', text + text],
    ['with a trailing comma', text.replace(/\}$/, ',}')],
    ['with a comment', `/* */${text}`],
    ['in single quotes', text.replaceAll('"', "'")],
    ['that is a bare word', 'invalid'],
    ['that is NaN', 'NaN'],
    ['that is Infinity', '-Infinity'],
    ['that is form data', 'a=1&b=2'],
    ['with a line feed in a string', text.replace(/"/, '"\n')],
    ['with an unknown escape', text.replace(/"/, '"\\x41')],
    ['with a number that begins with zero', `[01,${text}]`],
    ['in Latin-1', Buffer.from(text.replace(/"([^"]*)"/, '"\u00e9$1"'), 'latin1')],
    ['in UTF-16', Buffer.from(text, 'utf16le')],
    ['in UTF-16 with a byte order mark', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['in UTF-32', Buffer.from([...text].flatMap((character) => [character.charCodeAt(0) & 0x7f, 0, 0, 0]))],
    ['with a name without quotes', text.replace(/"(\w+)":/, '$1:')],
    ['with a literal of Python', `[True,${text}]`],
    ['with a no-break space', `\u00a0${text}`],
    ['with a form feed', `\f${text}`],
    ['with a vertical tab', text.replace(':', ':\v')],
    ['with a NUL behind it', `${text}\0`],
    ['with a character beyond Unicode in UTF-8', bytes(0xf4, 0x90, 0x80, 0x80)],
    ['with a surrogate in UTF-8', bytes(0xed, 0xa0, 0x80)],
    ['with an overlong character in UTF-8', bytes(0xc0, 0x80)],
    ['with unclosed nesting', '['.repeat(100)],
  ];
}

/** Unusual literals that are valid JSON. */
const EDGES: [label: string, literal: string][] = [
  ['a lone surrogate', '"\\ud800"'],
  ['surrogates in the wrong order', '"\\udc00\\ud800"'],
  ['a NUL', '"\\u0000"'],
  ['a number of 5,000 digits', '1'.repeat(5_000)],
  ['a number with 5,000 decimals', `0.${'1'.repeat(5_000)}`],
  ['the number 1e999', '1e999'],
  ['the number -1e999', '-1e999'],
  ['the number 1e-999', '1e-999'],
  ['a text of 2,000 characters', `"${'x'.repeat(2_000)}"`],
];

/** Values that a server may confuse with a missing property. */
const OTHERS: [label: string, literal: string][] = ['null', 'false', '0', '""', '[]', '{}'].map((each) => [each, each]);

/** Names with unusual escapes or length. The pointer of the last one is too long to be reported. */
const EDGE_NAMES: [label: string, name: string][] = [
  ['a lone surrogate', '\ud800'],
  ['a NUL', '\0'],
  ['a line feed', '\n'],
  ['an emoji', '\u{1f600}'],
  ['a decomposed letter', 'e\u0301'],
  ['900 characters', 'x'.repeat(900)],
  ['2,000 characters', 'x'.repeat(2_000)],
];

/** The maximum length of a pointer in `error.details`. */
const MAX_POINTER = 1_000;

/** Unusual values that are valid JSON, and violate the schema in one place. */
function deriveEdges(builder: RequestBuilder): Case[] {
  const { body, reader } = builder;
  if (!body || typeof body.plain !== 'object' || body.plain === null || Array.isArray(body.plain)) return [];
  const plain = body.plain;
  const make = (label: string, raw: string, value: unknown): Case[] => {
    const found = reader.violationsIn(body.schema, value).map(({ location }) => location);
    const isLong = found.some((location) => location.length > MAX_POINTER);
    const locations = [...new Set(found.map((location) => (location.length > MAX_POINTER ? '' : location)))];
    const [pointer] = locations;
    if (pointer === undefined || locations.length > 1) return [];
    const expected = rejectedAt({ in: 'body', pointer });
    const demand = isLong ? 'long pointers' : 'edges of JSON';
    return [makeCase(builder, 'json', body.content, `JSON with ${label}`, { raw, value }, expected, demand)];
  };
  const write = (name: string, literal: string): [raw: string, value: unknown] => {
    const raw = JSON.stringify({ ...plain, [name]: 0 }).replace(
      `${JSON.stringify(name)}:0`,
      `${JSON.stringify(name)}:${literal}`,
    );
    return [raw, JSON.parse(raw)];
  };
  return [
    ...Object.keys(plain).flatMap((name) =>
      EDGES.flatMap(([label, literal]) => make(`${label} as ${name}`, ...write(name, literal))),
    ),
    ...[...EDGES.slice(0, 4), ...OTHERS].flatMap(([label, literal]) =>
      make(`${label} as an unknown property`, ...write('unknown', literal)),
    ),
    ...make(
      'two unknown properties with names of 2,000 characters',
      ...write('x'.repeat(2_000), `0,${JSON.stringify('y'.repeat(2_000))}:0`),
    ),
    ...EDGE_NAMES.flatMap(([label, name]) => make(`an unknown property with the name ${label}`, ...write(name, '0'))),
  ];
}

function isJson(raw: string | Buffer): boolean {
  if (Buffer.isBuffer(raw) && !isUtf8(raw)) return false;
  try {
    JSON.parse(raw.toString());
    return true;
  } catch {
    return false;
  }
}

export function withoutBody(each: Case): Case {
  const { body: _, ...request } = each.request;
  return { ...each, request };
}
