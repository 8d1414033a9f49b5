// Random combinations of valid and invalid parts, so that errors coincide. The first in the order of checks decides the
// response.
import * as fc from 'fast-check';
import { escapeSegment } from '../../../openapi/model/json-pointer.ts';
import { HIDDEN } from '../../../openapi/model/validators/schema-view.ts';
import type { Case, ErrorKind, ErrorLocation, Expected } from './case.ts';
import { orderOfChecks } from './error-types.ts';
import {
  hintsOf,
  IDEMPOTENCY_KEY,
  type LocatedBody,
  type LocatedParameter,
  type Parts,
  type RequestBuilder,
} from './request-builder.ts';
import { isComposed, type Located, type Reader, typesOf, VERSION } from './schema.ts';
import { validValues } from './valid-values.ts';
import { invalidValues } from './values/invalid-values.ts';
import { isSendable } from './values/parameter-cases.ts';

/** One part of a request, and the error that it causes. */
interface Part {
  parts: Parts;
  error?: ErrorKind;
  locations?: ErrorLocation[];
}

/** Derives random combinations. The same seed gives the same combinations. */
export function combineCases(
  builders: readonly RequestBuilder[],
  { seed, count }: { seed: number; count: number },
): Case[] {
  if (count === 0 || builders.length === 0) return [];
  const arbitrary = fc.oneof(...builders.map((builder) => combination(builder)));
  return fc
    .sample(arbitrary, { seed, numRuns: count })
    .map((each, index) => ({ ...each, name: `${each.operationId}: combination ${index + 1} of seed ${seed}` }));
}

function combination(builder: RequestBuilder): fc.Arbitrary<Case> {
  const parameters = builder.parameters
    // A key that was also drawn for a single request would make the second request a replay.
    .filter(({ parameter }) => parameter.name.toLowerCase() !== IDEMPOTENCY_KEY)
    .map((each) => parameterParts(builder, each));
  return fc
    .tuple(bodyParts(builder), credentialParts(builder), mediaTypeParts(builder), queryParts(), ...parameters)
    .map((requestParts) => assemble(builder, requestParts));
}

function assemble(builder: RequestBuilder, requestParts: Part[]): Case {
  const parts: Parts = Object.assign({}, ...requestParts.map((each) => each.parts), {
    headers: Object.assign({}, ...requestParts.map((each) => each.parts.headers)),
    parameters: Object.assign({}, ...requestParts.map((each) => each.parts.parameters)),
  });
  const order = orderOfChecks(builder.contract);
  const errors = requestParts.flatMap(({ error }) => (error ? [error] : []));
  const [first] = errors.toSorted((one, other) => order.indexOf(one) - order.indexOf(other));
  const locations = requestParts.filter(({ error }) => error === first).flatMap((each) => each.locations ?? []);
  const expected: Expected = first ? { kind: 'rejected', error: first, locations } : { kind: 'accepted' };
  return {
    name: '',
    operationId: builder.operationId,
    rule: 'combination',
    pointer: builder.pointer,
    request: builder.build(parts),
    value: parts.value ?? builder.body?.plain,
    expected,
  };
}

const NONE = fc.constant<Part>({ parts: {} });

/** Picks one of the parts with a probability of 1 in `weight`, otherwise none. */
function rarely(requestParts: Part[], weight: number): fc.Arbitrary<Part> {
  if (requestParts.length === 0) return NONE;
  return fc.oneof({ weight: weight - 1, arbitrary: NONE }, { weight: 1, arbitrary: fc.constantFrom(...requestParts) });
}

/** Each property is valid, invalid or missing; there may be one unknown property. A map has no properties to choose. */
function bodyParts(builder: RequestBuilder): fc.Arbitrary<Part> {
  const { body, reader } = builder;
  if (!body) return NONE;
  const { schema } = body.schema;
  const names = Object.keys(schema.properties ?? {});
  if (names.length === 0 || !typesOf(schema).includes('object') || isComposed(body.schema)) {
    return fc.constantFrom(...validValues(reader, body.schema).map(({ value }): Part => ({ parts: { value } })));
  }
  const properties = names.map((name) => propertyValues(reader, body.schema, name));
  return fc.tuple(fc.tuple(...properties), unknownName(reader, body)).map(([chosen, extra]): Part => {
    const entries = chosen
      .filter(({ value }) => value !== undefined)
      .map(({ name, value }): [string, unknown] => [name, value]);
    const locations = chosen.flatMap((each) => each.locations);
    if (extra !== undefined) {
      entries.push([extra, 1]);
      locations.push({ in: 'body', pointer: `/${escapeSegment(extra)}` });
    }
    const value = Object.fromEntries(entries);
    const violations = reader.violationsIn(body.schema, value);
    if (violations.length === 0) return { parts: { value } };
    // Keywords of the whole body, such as `minProperties`, may reject what each property allows, or report one more
    // place.
    const isChosen = (place: string) => locations.some((each) => isWithin(place, each.pointer));
    if (!violations.every(({ location }) => isChosen(location))) return { parts: { value: body.plain } };
    return { parts: { value }, error: 'contract', locations };
  });
}

interface PropertyValue {
  name: string;
  value: unknown;
  /** The errors that the value causes. */
  locations: ErrorLocation[];
}

function propertyValues(reader: Reader, parent: Located, name: string): fc.Arbitrary<PropertyValue> {
  const node = reader.child(parent, 'properties', name);
  const missing: PropertyValue = { name, value: undefined, locations: [] };
  if (HIDDEN in node.schema) return fc.constant(missing);
  // The derived cases cover large values, which are slow to send.
  const isSmall = ({ value }: { value: unknown }) => JSON.stringify(value).length < 2_000;
  const at = (inside: string): ErrorLocation => ({ in: 'body', pointer: `/${escapeSegment(name)}${inside}` });
  const valid = validValues(reader, node)
    .filter(isSmall)
    .map(({ value }): PropertyValue => ({ name, value, locations: [] }));
  const invalid = invalidValues(reader, node)
    .filter(isSmall)
    .map(({ value, location }): PropertyValue => ({ name, value, locations: [at(location)] }));
  const { required } = parent.schema;
  const isRequired = Array.isArray(required) && required.includes(name);
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...valid) },
    ...(invalid.length > 0 ? [{ weight: 2, arbitrary: fc.constantFrom(...invalid) }] : []),
    { weight: 1, arbitrary: fc.constant({ ...missing, locations: isRequired ? [at('')] : [] }) },
  );
}

/** The name of an unknown property, one time in six where the schema rejects them; otherwise undefined. */
function unknownName(reader: Reader, { schema, plain }: LocatedBody): fc.Arbitrary<string | undefined> {
  const isClosed = reader.violationsIn(schema, { ...Object(plain), unknown: 1 }).length > 0;
  if (!isClosed) return fc.constant(undefined);
  const known = schema.schema.properties ?? {};
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.stringMatching(/^[a-z~/ ]{1,12}$/).filter((name) => !(name in known)) },
  );
}

/** Whether both locations are in the same property. */
function isWithin(place: string, other: string): boolean {
  return place.split('/', 2)[1] === other.split('/', 2)[1];
}

function credentialParts({ authorization, secured }: RequestBuilder): fc.Arbitrary<Part> {
  if (!secured) return NONE;
  return rarely(
    [undefined, 'Basic', authorization.replace('Basic', 'Bearer')].map((value) => ({
      parts: { headers: { authorization: value } },
      error: 'credentials',
    })),
    // Wrong credentials are rarer than other errors, because servers limit failed logins.
    75,
  );
}

function mediaTypeParts({ body }: RequestBuilder): fc.Arbitrary<Part> {
  if (!body) return NONE;
  const rejected = ['text/plain', undefined].map(
    (type): Part => ({ parts: { headers: { 'content-type': type } }, error: 'mediaType' }),
  );
  return rarely([...rejected, { parts: { headers: { 'content-type': `${body.mediaType}; charset=utf-8` } } }], 12);
}

function queryParts(): fc.Arbitrary<Part> {
  return rarely(
    ['x', 'debug'].map((name) => ({
      parts: { query: `${name}=1` },
      error: 'contract',
      locations: [{ in: 'query', pointer: `/${name}` }],
    })),
    20,
  );
}

function parameterParts({ reader }: RequestBuilder, { parameter, schema }: LocatedParameter): fc.Arbitrary<Part> {
  const { name } = parameter;
  if (parameter.in !== 'header') return NONE;
  const requestParts = validValues(reader, schema, hintsOf(parameter))
    .filter(({ value }) => isSendable(parameter, value))
    .map(({ value }): Part => ({ parts: { parameters: { [name]: value } } }));
  const versioned = schema.references.includes(VERSION);
  const invalidPart: Part = {
    parts: { parameters: { [name]: 'x y' } },
    error: versioned ? 'version' : 'contract',
    locations: versioned ? [] : [{ in: 'header', pointer: `/${escapeSegment(name)}` }],
  };
  const isInvalid = reader.violationsIn(schema, 'x y').length > 0;
  return rarely([...requestParts, ...(isInvalid ? [invalidPart] : [])], 4);
}
