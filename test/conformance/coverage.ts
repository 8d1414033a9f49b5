// What the contract declares, and what of it a run has exercised: a rule that nothing tries out is not known to hold.
import {
  type Contract,
  type Header,
  operationsOf,
  type Response,
  resolve,
  responsesOf,
} from '../../openapi/model/contract.ts';
import { escapeSegment } from './case.ts';
import { createPlans, follow, type Plan } from './request-builder.ts';
import { constraintsBelow, readPointer } from './schema.ts';
import type { Outcome } from './suite.ts';
import { errorOf, errorTypesOf, parse } from './validate-case.ts';
import type { Reply } from './validate-response.ts';

export interface Declared {
  kind: 'status' | 'error type' | 'request constraint' | 'response header' | 'request example' | 'response example';
  /**
   * Where it stands in the contract. For an error type, the pointer of its response, `#` and the type. Types and examples of a response that operations share
   * stand once, for not each of them can give them all: only who takes a body can find it malformed.
   */
  pointer: string;
}

/** Everything in the contract that has to be exercised. */
export function declaredIn(contract: Contract): Declared[] {
  const plans = createPlans(contract, { url: '', clientId: '', secret: '', owner: NOBODY, members: [NOBODY] });
  return [
    ...plans.flatMap((plan) => [...constraintsOf(plan), ...examplesOf(plan)]),
    ...plans.flatMap((plan) =>
      [...errorTypesOf(contract, plan)].map(([type, { pointer }]) =>
        declare('error type', `${follow(contract, pointer)}#${type}`),
      ),
    ),
    ...placesOf(contract).flatMap(({ pointer, response }) => [
      declare('status', pointer),
      ...Object.keys(response.headers ?? {}).map((name) =>
        declare('response header', `${pointer}/headers/${escapeSegment(name)}`),
      ),
      ...Object.entries(response.content ?? {}).flatMap(([mediaType, { examples = {} }]) =>
        Object.keys(examples).map((name) =>
          declare('response example', examplePointer(contract, pointer, mediaType, name)),
        ),
      ),
    ]),
  ].filter(({ pointer }, index, all) => all.findIndex((each) => each.pointer === pointer) === index);
}

/** The pointer to an example of the response at this one. */
export function examplePointer(contract: Contract, response: string, mediaType: string, name: string): string {
  return `${follow(contract, response)}/content/${escapeSegment(mediaType)}/examples/${escapeSegment(name)}`;
}

const NOBODY = '00000000-0000-4000-8000-000000000000';

function declare(kind: Declared['kind'], pointer: string): Declared {
  return { kind, pointer };
}

function constraintsOf(plan: Plan): Declared[] {
  const { contract, reader, body, parameters, entry } = plan;
  const secured = (entry.operation.security ?? contract.security ?? []).length > 0;
  const texts = ['header', 'path', 'query', 'cookie'];
  const pointers = [
    ...(body ? [...constraintsBelow(reader, body.schema), ...body.contents] : []),
    ...(body?.required ? [`${body.pointer}/required`] : []),
    ...parameters
      // A path without one of its parameters is another path.
      .filter(({ parameter }) => parameter.required && parameter.in !== 'path')
      .map(({ pointer }) => `${pointer}/required`),
    ...parameters.flatMap(({ parameter, schema }) =>
      // A parameter is text on the wire: it cannot be anything but a string.
      constraintsBelow(reader, schema).filter(
        (at) => !(texts.includes(parameter.in) && at.endsWith('/type') && schema.schema.type === 'string'),
      ),
    ),
    ...(secured ? [entry.operation.security ? `${plan.pointer}/security` : '/security'] : []),
  ];
  return pointers.map((pointer) => declare('request constraint', pointer));
}

function examplesOf({ body, contract }: Plan): Declared[] {
  if (!body) return [];
  const content = readPointer(contract, body.content) as { examples?: object }; // A media type object.
  return Object.keys(content.examples ?? {}).map((name) =>
    declare('request example', `${body.content}/examples/${escapeSegment(name)}`),
  );
}

function placesOf(contract: Contract): { pointer: string; response: Response }[] {
  const inside = operationsOf(contract).flatMap(({ path, method, operation }) =>
    responsesOf(contract, operation).map(({ status, response }) => ({
      pointer: `/paths/${escapeSegment(path)}/${method}/responses/${status}`,
      response,
    })),
  );
  const fallbacks = Object.entries(contract['x-fallback-responses'] ?? {}).map(([status, response]) => ({
    pointer: `/x-fallback-responses/${status}`,
    response,
  }));
  return [...inside, ...fallbacks];
}

/** The pointers that these outcomes exercise. A constraint counts when something broke it, or just about kept to it, and was judged without a finding. */
export function exercisedBy(contract: Contract, outcomes: readonly Outcome[]): Set<string> {
  const exercised = new Set<string>();
  const places = new Map(placesOf(contract).map((each) => [each.pointer, each.response]));
  for (const { case: each, reply, findings, refusals } of outcomes) {
    if (!reply || findings.length > 0) continue;
    // What was let in, and is valid, shows nothing of a rule; a refusal, or an example, does.
    if (each.expected.kind === 'refused' || each.example !== undefined || each.rule !== 'valid')
      for (const pointer of [each.pointer, ...(each.alsoAt ?? [])]) exercised.add(pointer);
    for (const answer of [...refusals, reply])
      for (const pointer of exercisedByReply(contract, places, each.operationId, answer)) exercised.add(pointer);
  }
  return exercised;
}

/** The status, headers, error type and example that one answer shows. */
export function exercisedByReply(
  contract: Contract,
  places: Map<string, Response>,
  operationId: string,
  reply: Reply,
): string[] {
  const entry = operationsOf(contract).find(({ operation }) => operation.operationId === operationId);
  const inside = entry ? `/paths/${escapeSegment(entry.path)}/${entry.method}/responses/${reply.status}` : '';
  const pointer = places.has(inside) ? inside : `/x-fallback-responses/${reply.status}`;
  const response = places.get(pointer);
  if (!response) return [];
  const type = errorOf(parse(reply))?.type;
  return [
    pointer,
    ...(type === undefined ? [] : [`${follow(contract, pointer)}#${type}`]),
    ...Object.entries(response.headers ?? {})
      .filter(([name, node]) => resolve<Header>(contract, node) && reply.headers[name.toLowerCase()] !== undefined)
      .map(([name]) => `${pointer}/headers/${escapeSegment(name)}`),
  ];
}

/** Declared, and not exercised. */
export function findGaps(contract: Contract, exercised: ReadonlySet<string>): Declared[] {
  return declaredIn(contract).filter(({ pointer }) => !exercised.has(pointer));
}

/** The responses of the contract by their pointers. */
export function responsePlaces(contract: Contract): Map<string, Response> {
  return new Map(placesOf(contract).map((each) => [each.pointer, each.response]));
}
