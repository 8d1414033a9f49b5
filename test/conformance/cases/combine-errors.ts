// Combines errors of different kinds in one request. Each is in a separate part, so that any of them can be combined.

import { ERROR_TYPES, type ErrorKind } from './case.ts';
import { errorTypesOf, orderOfChecks, padTo, sizeLimitOf } from './error-types.ts';
import type { Parts, RequestBuilder } from './request-builder.ts';
import { VERSION } from './schema.ts';
import { bodiesWithUnknownCustomer } from './unknown-customers.ts';
import { otherBody } from './values/other-body.ts';

/** The changes that add an error to a valid request. */
interface Change {
  parts?: Parts;
  value?: unknown;
  malformed?: true;
  /** The size of the body in bytes. */
  size?: number;
}

/** The changes by kind of error; undefined where the operation cannot have the error. */
const CHANGES: Record<ErrorKind, (builder: RequestBuilder) => Change | undefined> = {
  path: () => ({ parts: { path: '/no-such-path' } }),
  method({ contract, entry }) {
    const declared = Object.keys(contract.paths[entry.path] ?? {});
    const method = ['put', 'patch', 'delete', 'post'].find((each) => !declared.includes(each));
    return method === undefined ? undefined : { parts: { method: method.toUpperCase() } };
  },
  credentials: ({ secured }) =>
    // The credentials are malformed, because a server may limit the number of wrong ones.
    secured ? { parts: { headers: { authorization: 'Basic invalid' } } } : undefined,
  version({ parameters }) {
    const name = parameters.find(({ schema }) => schema.references.includes(VERSION))?.parameter.name;
    return name === undefined ? undefined : { parts: { parameters: { [name]: '1970-01-01' } } };
  },
  mediaType: ({ body }) => body && { parts: { headers: { 'content-type': 'text/plain' } } },
  size(builder) {
    const limit = sizeLimitOf(builder);
    return limit === undefined ? undefined : { size: limit + 1 };
  },
  json: ({ body }) => (body?.mediaType.includes('json') ? { malformed: true } : undefined),
  contract: () => ({ parts: { query: 'unknown=1' } }),
  idempotency(builder) {
    const value = otherBody(builder);
    return value === undefined ? undefined : { value };
  },
  customers(builder) {
    const [unknown] = builder.subject.mock ? [] : bodiesWithUnknownCustomer(builder);
    return unknown && { value: unknown.value };
  },
};

/**
 * A request that has each of these errors; undefined when the operation cannot have one of them. With `idempotency`,
 * send the key of an earlier request for the plain body.
 */
export function combineErrors(builder: RequestBuilder, kinds: readonly ErrorKind[]): Parts | undefined {
  const declared = errorTypesOf(builder.contract, builder);
  const changes = orderOfChecks(builder.contract)
    .filter((kind) => kinds.includes(kind))
    .map((kind) => (declared.has(ERROR_TYPES[kind]) ? CHANGES[kind](builder) : undefined));
  const found = changes.filter((change) => change !== undefined);
  if (found.length < changes.length) return undefined;
  const parts: Parts = Object.assign({}, ...found.map((change) => change.parts), {
    headers: Object.assign({}, ...found.map((change) => change.parts?.headers)),
    parameters: Object.assign({}, ...found.map((change) => change.parts?.parameters)),
  });
  const { value, malformed, size }: Change = Object.assign({}, ...found);
  const { body } = builder;
  if (!body || (value === undefined && !malformed && size === undefined)) return parts;
  const sent = value ?? body.plain;
  const text = `${JSON.stringify(sent)}${malformed ? 'x' : ''}`;
  return { ...parts, value: sent, raw: size === undefined ? text : padTo(text, size) };
}
