// Coverage: what the contract declares, and which parts of it a run has exercised.
import {
  type Contract,
  type Header,
  operationsOf,
  type Response,
  resolve,
  responsesOf,
} from '../../../openapi/model/contract.ts';
import { escapeSegment } from '../../../openapi/model/json-pointer.ts';
import { errorTypesOf } from '../cases/error-types.ts';
import { examplePointer } from '../cases/example-requests.ts';
import { createRequestBuilders, follow, type RequestBuilder } from '../cases/request-builder.ts';
import { constraintsBelow, type Reader, readPointer } from '../cases/schema.ts';
import type { Declared } from '../report.ts';
import type { Outcome } from '../run/suite.ts';
import { errorOf, parse } from '../validate/response-body.ts';
import type { HttpResponse } from '../validate/validate-response.ts';

/** Everything in the contract that tests must exercise. */
export function declaredIn(contract: Contract): Declared[] {
  const subject = { url: '', clientId: '', secret: '', owner: NIL_CUSTOMER, members: [NIL_CUSTOMER] };
  // The constraints of an operation without requests cannot be exercised.
  const builders = createRequestBuilders(contract, subject, () => undefined);
  return [
    ...builders.flatMap((builder) => [...constraintsOf(builder), ...examplesOf(builder)]),
    ...builders.flatMap((builder) =>
      [...errorTypesOf(contract, builder)].map(([type, { pointer }]) =>
        declare('error type', `${follow(contract, pointer)}#${type}`),
      ),
    ),
    ...locatedResponses(contract).flatMap(({ pointer, response }) => [
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

const NIL_CUSTOMER = '00000000-0000-4000-8000-000000000000';

function declare(kind: Declared['kind'], pointer: string): Declared {
  return { kind, pointer };
}

function constraintsOf(builder: RequestBuilder): Declared[] {
  const { reader, body, parameters, entry, secured } = builder;
  const texts = ['header', 'path', 'query', 'cookie'];
  const pointers = [
    ...(body ? [...constraintsBelow(reader, body.schema), ...body.contents] : []),
    ...(body?.required ? [`${body.pointer}/required`] : []),
    ...parameters
      // A missing path parameter would change the path.
      .filter(({ parameter }) => parameter.required && parameter.in !== 'path')
      .map(({ pointer }) => `${pointer}/required`),
    ...parameters.flatMap(({ parameter, schema }) =>
      // Parameters are sent as text: a string type cannot be violated.
      constraintsBelow(reader, schema).filter(
        (at) => !(texts.includes(parameter.in) && at.endsWith('/type') && isSentAsItIs(reader, at)),
      ),
    ),
    ...(secured ? [entry.operation.security ? `${builder.pointer}/security` : '/security'] : []),
  ];
  return pointers.map((pointer) => declare('request constraint', pointer));
}

/** Any text is a string, and an array of one. */
function isSentAsItIs({ contract }: Reader, at: string): boolean {
  return ['string', 'array'].includes(String(readPointer(contract, at)));
}

function examplesOf({ body, contract }: RequestBuilder): Declared[] {
  if (!body) return [];
  const content = readPointer(contract, body.content) as { examples?: object }; // The value is a media type object.
  return Object.keys(content.examples ?? {}).map((name) =>
    declare('request example', `${body.content}/examples/${escapeSegment(name)}`),
  );
}

function locatedResponses(contract: Contract): { pointer: string; response: Response }[] {
  const own = operationsOf(contract).flatMap(({ path, method, operation }) =>
    responsesOf(contract, operation).map(({ status, response }) => ({
      pointer: `/paths/${escapeSegment(path)}/${method}/responses/${status}`,
      response,
    })),
  );
  const fallbacks = Object.entries(contract['x-fallback-responses'] ?? {}).map(([status, response]) => ({
    pointer: `/x-fallback-responses/${status}`,
    response,
  }));
  return [...own, ...fallbacks];
}

/**
 * The pointers that these outcomes exercise. A constraint counts when a request violated it, or met its boundary, and
 * the response had no violation.
 */
export function exercisedBy(contract: Contract, outcomes: readonly Outcome[]): Set<string> {
  const exercised = new Set<string>();
  const locations = new Map(locatedResponses(contract).map((each) => [each.pointer, each.response]));
  for (const { case: each, response, violations, rejections } of outcomes) {
    if (!response || violations.length > 0) continue;
    // An accepted valid request exercises no constraint; a rejection or an example does.
    if (each.expected.kind === 'rejected' || each.example !== undefined || each.rule !== 'valid')
      for (const pointer of [each.pointer, ...(each.alsoAt ?? [])]) exercised.add(pointer);
    for (const received of [...rejections, response])
      for (const pointer of exercisedByResponse(contract, locations, each.operationId, received))
        exercised.add(pointer);
  }
  return exercised;
}

/** The pointers of the status, headers and error type of one response. */
export function exercisedByResponse(
  contract: Contract,
  locations: Map<string, Response>,
  operationId: string,
  response: HttpResponse,
): string[] {
  const entry = operationsOf(contract).find(({ operation }) => operation.operationId === operationId);
  const inside = entry ? `/paths/${escapeSegment(entry.path)}/${entry.method}/responses/${response.status}` : '';
  const pointer = locations.has(inside) ? inside : `/x-fallback-responses/${response.status}`;
  const definition = locations.get(pointer);
  if (!definition) return [];
  const type = errorOf(parse(response))?.type;
  return [
    pointer,
    ...(type === undefined ? [] : [`${follow(contract, pointer)}#${type}`]),
    ...Object.entries(definition.headers ?? {})
      .filter(([name, node]) => resolve<Header>(contract, node) && response.headers[name.toLowerCase()] !== undefined)
      .map(([name]) => `${pointer}/headers/${escapeSegment(name)}`),
  ];
}

/** The declared parts that were not exercised. */
export function findGaps(contract: Contract, exercised: ReadonlySet<string>): Declared[] {
  return declaredIn(contract).filter(({ pointer }) => !exercised.has(pointer));
}

/** The responses of the contract by pointer. */
export function responsesByPointer(contract: Contract): Map<string, Response> {
  return new Map(locatedResponses(contract).map((each) => [each.pointer, each.response]));
}
