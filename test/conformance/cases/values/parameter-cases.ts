// Cases for parameters: valid ones, and for each constraint one that violates only that constraint.
import { randomBytes } from 'node:crypto';
import type { Parameter } from '../../../../openapi/model/contract.ts';
import { escapeSegment } from '../../../../openapi/model/json-pointer.ts';
import { serializeText } from '../../../../openapi/model/serialize-parameters.ts';
import { ACCEPTED, type Case, type ErrorLocation, type Expected, rejectedAt } from '../case.ts';
import { hintsOf, IDEMPOTENCY_KEY, type LocatedParameter, type RequestBuilder } from '../request-builder.ts';
import { type Located, partAt, typesOf, VERSION } from '../schema.ts';
import { validValues } from '../valid-values.ts';
import { invalidValues } from './invalid-values.ts';

export function deriveParameters(builder: RequestBuilder): Case[] {
  return builder.parameters.flatMap((each) => [
    ...deriveValid(builder, each),
    ...deriveInvalid(builder, each),
    ...deriveMistyped(builder, each),
    ...deriveMissing(builder, each),
  ]);
}

function makeParameterCase(
  builder: RequestBuilder,
  { parameter }: LocatedParameter,
  {
    value,
    rule,
    pointer,
    label,
    expected,
  }: Pick<Case, 'rule' | 'pointer' | 'expected'> & {
    value: unknown;
    label: string;
  },
): Case {
  const { operationId } = builder;
  return {
    name: `${operationId}: ${parameter.in} ${parameter.name} ${label}`,
    operationId,
    rule,
    pointer,
    request: builder.build({ parameters: { [parameter.name]: value } }),
    value: builder.body?.plain,
    expected,
  };
}

/** The rejection of an invalid value, at this pointer into the parameter. A wrong version is an error of its own. */
function rejectionOf({ parameter, schema }: LocatedParameter, pointerInside = ''): Expected {
  if (schema.references.includes(VERSION)) return { kind: 'rejected', error: 'version', locations: [] };
  return rejectedAt(locationOf(parameter, pointerInside));
}

function locationOf({ in: location, name }: Parameter, pointerInside = ''): ErrorLocation {
  return {
    in: location === 'cookie' ? 'header' : location,
    pointer: `/${escapeSegment(name)}${pointerInside}`,
  };
}

function deriveValid(builder: RequestBuilder, located: LocatedParameter): Case[] {
  const { parameter, schema } = located;
  return validValues(builder.reader, schema, hintsOf(parameter))
    .filter(({ value }) => isSendable(parameter, value))
    .map(({ value, label, pointer }) =>
      makeParameterCase(builder, located, {
        ...validValue(parameter, value),
        rule: 'valid',
        pointer,
        label: `valid, ${label} (${String(value).slice(0, 60)})`,
      }),
    );
}

function deriveInvalid(builder: RequestBuilder, located: LocatedParameter): Case[] {
  const { reader } = builder;
  const { parameter, schema } = located;
  return invalidValues(reader, schema, hintsOf(parameter))
    .filter(
      // Parameters are sent as text, so only strings and numbers can be invalid; `deriveMistyped` covers wrong types.
      ({ value, keyword }) =>
        keyword !== 'type' &&
        isSendable(parameter, value) &&
        reader.violationsIn(schema, asReceived(schema, value)).length > 0,
    )
    .map(({ value, label, keyword, pointer, location }) =>
      makeParameterCase(builder, located, {
        ...{ value, rule: keyword, pointer },
        label: `that violates ${keyword}, ${label}`,
        expected: rejectionOf(located, location),
      }),
    );
}

function deriveMistyped(builder: RequestBuilder, located: LocatedParameter): Case[] {
  const { parameter, schema } = located;
  const types = typesOf(schema.schema);
  const isList = types.includes('array');
  const items = isList ? partAt(builder.reader, schema, 0) : undefined;
  const isTextItem = typesOf(items?.schema ?? {}).every((type) => type === 'string');
  const isText = isList || types.some((type) => !['integer', 'number', 'boolean'].includes(String(type)));
  const mistyped = schema.schema.type === undefined || isText ? [] : ['text', '1.5x'];
  return [
    ...(items && !isTextItem
      ? [
          makeParameterCase(builder, located, {
            ...{ value: ['text'], rule: 'type', pointer: `${items.pointer}/type` },
            label: 'with an item that is text',
            expected: rejectedAt(locationOf(parameter, '/0')),
          }),
        ]
      : []),
    ...mistyped.map((value) =>
      makeParameterCase(builder, located, {
        ...{ value, rule: 'type', pointer: `${schema.pointer}/type` },
        label: `that is ${value}`,
        expected: rejectionOf(located),
      }),
    ),
  ];
}

function deriveMissing(builder: RequestBuilder, located: LocatedParameter): Case[] {
  const { parameter, pointer } = located;
  if (!parameter.required || parameter.in === 'path') return [];
  return [
    makeParameterCase(builder, located, {
      ...{ value: undefined, rule: 'required', pointer: `${pointer}/required` },
      label: 'that is missing',
      expected: rejectionOf(located),
    }),
  ];
}

/**
 * The case of a valid value. An idempotency key gets a random end: an earlier run, or the run of another version, may
 * have used it for another body. A key that is too short for that may be rejected as a reused one.
 */
function validValue({ name }: Parameter, value: unknown): { value: unknown; expected: Expected } {
  if (name.toLowerCase() !== IDEMPOTENCY_KEY) return { value, expected: ACCEPTED };
  const text = String(value);
  const length = Math.min(12, Math.floor(text.length / 2));
  const end = randomBytes(6).toString('hex').slice(0, length);
  return { value: text.slice(0, text.length - length) + end, expected: { kind: 'accepted', mayBeReused: length < 4 } };
}

const QUERY_ITEM = { in: 'query' } as const satisfies Partial<Parameter>;

/** Parses a parameter by its type, since it is sent as text: `"1"` is a valid integer. */
function asReceived({ schema }: Located, value: unknown): unknown {
  if (Array.isArray(value))
    return value.map((each) => asReceived({ schema: schema.items ?? {}, pointer: '', references: [] }, each));
  const [type] = typesOf(schema);
  const text = serializeText(value);
  if (type === 'array') return [text];
  if (type === 'integer' || type === 'number')
    return text.trim() !== '' && !Number.isNaN(Number(text)) ? Number(text) : text;
  return type === 'boolean' && /^(true|false)$/.test(text) ? text === 'true' : text;
}

/**
 * Whether a value can be sent. A header cannot carry every string, and loses surrounding white space (RFC 9110, section
 * 5.5); an empty path segment is another path.
 */
export function isSendable({ in: location }: Pick<Parameter, 'in'>, value: unknown): boolean {
  if (Array.isArray(value))
    return location === 'query' && value.length > 0 && value.every((each) => isSendable(QUERY_ITEM, each));
  if (!['string', 'number', 'boolean'].includes(typeof value)) return false;
  const text = serializeText(value);
  // The edge rejects empty values in a query, which no schema expresses.
  if (location === 'query') return text !== '' && text.isWellFormed();
  if (location === 'path') return text !== '' && text !== '.' && text !== '..';
  return location !== 'header' || (/^[\t\x20-\x7e\x80-\xff]*$/.test(text) && text.trim() === text);
}
