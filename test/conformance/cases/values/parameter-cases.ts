// Parameters: valid ones, and for each constraint one that violates only that.
import { randomBytes } from 'node:crypto';
import type { Parameter } from '../../../../openapi/model/contract.ts';
import { escapeSegment } from '../../../../openapi/model/json-pointer.ts';
import { serializeText } from '../../../../openapi/model/serialize-parameters.ts';
import { type Located, partAt, typesOf, VERSION } from '../../validate/schema.ts';
import { ACCEPTED, type Case, type ErrorLocation, type Expected, refusedAt } from '../case.ts';
import { hintsOf, IDEMPOTENCY_KEY, type RequestBuilder } from '../request-builder.ts';
import { invalidValues } from './invalid-values.ts';
import { validValues } from './valid-values.ts';

export function deriveParameters(builder: RequestBuilder): Case[] {
  const { operationId, reader } = builder;
  return builder.parameters.flatMap(({ parameter, pointer, schema }) => {
    const { name, required } = parameter;
    const location: ErrorLocation = {
      in: parameter.in === 'cookie' ? 'header' : parameter.in,
      pointer: `/${escapeSegment(name)}`,
    };
    const versioned = schema.references.includes(VERSION);
    const expected: Expected = versioned ? { kind: 'refused', error: 'version', locations: [] } : refusedAt(location);
    const make = (value: unknown, rule: string, at: string, label: string, outcome: Expected): Case => ({
      name: `${operationId}: ${parameter.in} ${name} ${label}`,
      operationId,
      rule,
      pointer: at,
      request: builder.build({ parameters: { [name]: value } }),
      value: builder.body?.plain,
      expected: outcome,
    });
    const valid = validValues(reader, schema, hintsOf(parameter)).filter(({ value }) => isSendable(parameter, value));
    const invalid = invalidValues(reader, schema, hintsOf(parameter)).filter(
      // Parameters are sent as text, so only strings and numbers can be invalid; a wrong type is covered by `mistyped`.
      ({ value, keyword }) =>
        keyword !== 'type' &&
        isSendable(parameter, value) &&
        reader.violationsIn(schema, asReceived(schema, value)).length > 0,
    );
    const isList = typesOf(schema.schema).includes('array');
    const isText =
      isList || typesOf(schema.schema).some((type) => !['integer', 'number', 'boolean'].includes(String(type)));
    const itemsOf = partAt(reader, schema, 0);
    const isTextItem = typesOf(itemsOf?.schema ?? {}).every((type) => type === 'string');
    const mistypedItems =
      isList && itemsOf && !isTextItem
        ? [
            make(
              ['text'],
              'type',
              `${itemsOf.pointer}/type`,
              'with an item that is text',
              refusedAt({ ...location, pointer: `${location.pointer}/0` }),
            ),
          ]
        : [];
    const mistyped = schema.schema.type === undefined || isText ? [] : ['text', '1.5x'];
    return [
      ...valid.map(({ value, label, pointer: at }) => {
        const sent = validValue(parameter, value);
        return make(sent.value, 'valid', at, `valid, ${label} (${String(value).slice(0, 60)})`, sent.expected);
      }),
      ...invalid.map(({ value, label, keyword, pointer: at, location: inside }) =>
        make(
          value,
          keyword,
          at,
          `that violates ${keyword}, ${label}`,
          versioned ? expected : refusedAt({ ...location, pointer: location.pointer + inside }),
        ),
      ),
      ...mistypedItems,
      ...mistyped.map((value) => make(value, 'type', `${schema.pointer}/type`, `that is ${value}`, expected)),
      ...(required && parameter.in !== 'path'
        ? [make(undefined, 'required', `${pointer}/required`, 'that is missing', expected)]
        : []),
    ];
  });
}

/**
 * The case of a valid value. An idempotency key gets a random end: an earlier run, or the run of another version, may
 * have used it for another body. One too short for that may be refused for it.
 */
function validValue({ name }: Parameter, value: unknown): { value: unknown; expected: Expected } {
  if (name.toLowerCase() !== IDEMPOTENCY_KEY) return { value, expected: ACCEPTED };
  const text = String(value);
  const length = Math.min(12, Math.floor(text.length / 2));
  const end = randomBytes(6).toString('hex').slice(0, length);
  return { value: text.slice(0, text.length - length) + end, expected: { kind: 'accepted', mayBeReused: length < 4 } };
}

const QUERY_ITEM = { in: 'query' } as const satisfies Partial<Parameter>;

/** A parameter is sent as text, and read back by its type: `"1"` is a valid integer there. */
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
 * A header cannot carry every string and loses surrounding white space (RFC 9110, section 5.5); an empty path segment
 * is another path.
 */
export function isSendable({ in: location }: Pick<Parameter, 'in'>, value: unknown): boolean {
  if (Array.isArray(value))
    return location === 'query' && value.length > 0 && value.every((each) => isSendable(QUERY_ITEM, each));
  if (!['string', 'number', 'boolean'].includes(typeof value)) return false;
  const text = serializeText(value);
  // The edge refuses empty values in a query, which no schema says.
  if (location === 'query') return text !== '' && text.isWellFormed();
  if (location === 'path') return text !== '' && text !== '.' && text !== '..';
  return location !== 'header' || (/^[\t\x20-\x7e\x80-\xff]*$/.test(text) && text.trim() === text);
}
