// Random combinations: valid and broken parts put together, so that faults meet each other. The first fault in the order of checks answers.
import * as fc from 'fast-check';
import { type Case, type Expected, escapeSegment, FAULTS, type Fault, type Place } from './case.ts';
import { brokenValues } from './invalid-values.ts';
import { hintsOf, IDEMPOTENCY_KEY, type LocatedParameter, type Parts, type Plan } from './request-builder.ts';
import { typesOf, VERSION } from './schema.ts';
import { validValues } from './valid-values.ts';

/** One part of a request, and the fault that it brings with it. */
interface Piece {
  parts: Parts;
  fault?: Fault;
  places?: Place[];
}

/** The same seed gives the same combinations. */
export function combineCases(plans: readonly Plan[], { seed, count }: { seed: number; count: number }): Case[] {
  if (count === 0 || plans.length === 0) return [];
  const arbitrary = fc.oneof(...plans.map((plan) => combination(plan)));
  return fc
    .sample(arbitrary, { seed, numRuns: count })
    .map((each, index) => ({ ...each, name: `${each.operationId}: combination ${index + 1} of seed ${seed}` }));
}

function combination(plan: Plan): fc.Arbitrary<Case> {
  const parameters = plan.parameters
    // A key that was drawn twice would make a request a repetition.
    .filter(({ parameter }) => parameter.name.toLowerCase() !== IDEMPOTENCY_KEY)
    .map((each) => parameterPieces(plan, each));
  return fc
    .tuple(bodyPieces(plan), credentialPieces(plan), mediaPieces(plan), queryPieces(), ...parameters)
    .map((pieces) => assemble(plan, pieces));
}

function assemble(plan: Plan, pieces: Piece[]): Case {
  const parts: Parts = Object.assign({}, ...pieces.map((each) => each.parts), {
    headers: Object.assign({}, ...pieces.map((each) => each.parts.headers)),
    parameters: Object.assign({}, ...pieces.map((each) => each.parts.parameters)),
  });
  const order = Object.keys(FAULTS);
  const faults = pieces.flatMap(({ fault }) => (fault ? [fault] : []));
  const [first] = faults.toSorted((one, other) => order.indexOf(one) - order.indexOf(other));
  const places = pieces.filter(({ fault }) => fault === first).flatMap((each) => each.places ?? []);
  const expected: Expected = first ? { kind: 'refused', fault: first, places } : { kind: 'accepted' };
  return {
    name: '',
    operationId: plan.operationId,
    rule: 'combination',
    pointer: plan.pointer,
    request: plan.build(parts),
    value: parts.value ?? plan.body?.plain,
    expected,
  };
}

const NONE = fc.constant<Piece>({ parts: {} });

/** Mostly nothing special; one time in `weight` one of the pieces. */
function rarely(pieces: Piece[], weight: number): fc.Arbitrary<Piece> {
  if (pieces.length === 0) return NONE;
  return fc.oneof({ weight: weight - 1, arbitrary: NONE }, { weight: 1, arbitrary: fc.constantFrom(...pieces) });
}

/** Each property on its own is valid, broken or missing, and there may be one that is unknown. */
function bodyPieces(plan: Plan): fc.Arbitrary<Piece> {
  const { body, reader } = plan;
  if (!body) return NONE;
  const { schema, pointer } = body.schema;
  if (!typesOf(schema).includes('object')) {
    return fc.constantFrom(...validValues(reader, body.schema).map(({ value }): Piece => ({ parts: { value } })));
  }
  const required: unknown[] = Array.isArray(schema.required) ? schema.required : [];
  const properties = Object.keys(schema.properties ?? {}).map((name) => {
    const node = reader.child(body.schema, 'properties', name);
    // Large values are covered by the derived cases; here they would only cost time.
    const small = (value: unknown) => JSON.stringify(value).length < 2_000;
    const valid = validValues(reader, node).filter(({ value }) => small(value));
    const broken = brokenValues(reader, node).filter(({ value }) => small(value));
    const place = `/${escapeSegment(name)}`;
    const at = (pointerInside: string): Place => ({ in: 'body', pointer: place + pointerInside });
    return fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...valid).map(({ value }) => ({ name, value, places: [] as Place[] })) },
      ...(broken.length > 0
        ? [
            {
              weight: 2,
              arbitrary: fc
                .constantFrom(...broken)
                .map((each) => ({ name, value: each.value, places: [at(each.place)] })),
            },
          ]
        : []),
      {
        weight: 1,
        arbitrary: fc.constant({ name, value: undefined, places: required.includes(name) ? [at('')] : [] }),
      },
    );
  });
  const closed = reader.faultsIn({ ...body.schema, pointer }, { ...Object(body.plain), unknown: 1 }).length > 0;
  const unknown = closed
    ? fc.oneof(
        { weight: 5, arbitrary: fc.constant(undefined) },
        {
          weight: 1,
          arbitrary: fc.stringMatching(/^[a-z~/ ]{1,12}$/).filter((name) => !(name in (schema.properties ?? {}))),
        },
      )
    : fc.constant(undefined);
  return fc.tuple(fc.tuple(...properties), unknown).map(([chosen, extra]): Piece => {
    const entries = chosen
      .filter(({ value }) => value !== undefined)
      .map(({ name, value }): [string, unknown] => [name, value]);
    const places = chosen.flatMap((each) => each.places);
    if (extra !== undefined) {
      entries.push([extra, 1]);
      places.push({ in: 'body', pointer: `/${escapeSegment(extra)}` });
    }
    const parts = { value: Object.fromEntries(entries) };
    return places.length > 0 ? { parts, fault: 'contract', places } : { parts };
  });
}

function credentialPieces({ authorization }: Plan): fc.Arbitrary<Piece> {
  return rarely(
    [undefined, 'Basic', authorization.replace('Basic', 'Bearer')].map((value) => ({
      parts: { headers: { authorization: value } },
      fault: 'credentials',
    })),
    20,
  );
}

function mediaPieces({ body }: Plan): fc.Arbitrary<Piece> {
  if (!body) return NONE;
  const refused = ['text/plain', undefined].map(
    (type): Piece => ({ parts: { headers: { 'content-type': type } }, fault: 'mediaType' }),
  );
  return rarely([...refused, { parts: { headers: { 'content-type': `${body.mediaType}; charset=utf-8` } } }], 12);
}

function queryPieces(): fc.Arbitrary<Piece> {
  return rarely(
    ['x', 'debug'].map((name) => ({
      parts: { query: `${name}=1` },
      fault: 'contract',
      places: [{ in: 'query', pointer: `/${name}` }],
    })),
    20,
  );
}

function parameterPieces({ reader }: Plan, { parameter, schema }: LocatedParameter): fc.Arbitrary<Piece> {
  const { name } = parameter;
  if (parameter.in !== 'header') return NONE;
  const pieces = validValues(reader, schema, hintsOf(parameter)).map(
    ({ value }): Piece => ({ parts: { parameters: { [name]: value } } }),
  );
  const versioned = schema.references.includes(VERSION);
  const wrong: Piece = {
    parts: { parameters: { [name]: 'x y' } },
    fault: versioned ? 'version' : 'contract',
    places: versioned ? [] : [{ in: 'header', pointer: `/${escapeSegment(name)}` }],
  };
  const isWrong = reader.faultsIn(schema, 'x y').length > 0;
  return rarely([...pieces, ...(isWrong ? [wrong] : [])], 4);
}
