// Standard Schema validators for the bodies of requests and responses. They are compiled: no ajv, no `eval`.
import { requestValidators } from '../../generated/request-validators.ts';
import { responseValidators } from '../../generated/response-validators.ts';
import type { NewestVersion, VersionTypes } from '../../generated/version-types.ts';
import { olderRequestValidators, olderResponseValidators } from '../../generated/version-validators.ts';
import { describeViolation, mergeByLocation } from '../../server/edge/violations/describe-violation.ts';
import { explainBody } from '../../server/edge/violations/explain-compiled.ts';
import { ViolationList } from '../../server/edge/violations/violation-list.ts';
import { parseJson } from '../../server/text/parse-json.ts';
import type {
  CompiledValidator,
  RequestValidators,
  ResponseValidators,
} from '../model/validators/compiled-validators.ts';
import type { StandardIssue, StandardSchema } from '../model/validators/standard-schema.ts';

export type { StandardIssue, StandardResult, StandardSchema } from '../model/validators/standard-schema.ts';

type OlderVersion = Exclude<keyof VersionTypes, NewestVersion>;

/** The schemas of the newest version, and those of the older ones under their names. */
type RequestSchemas = RequestSchemasOf<NewestVersion> & { readonly [V in OlderVersion]: RequestSchemasOf<V> };
/** The response schemas of all versions, in the same way. */
type ResponseSchemas = ResponseSchemasOf<NewestVersion> & { readonly [V in OlderVersion]: ResponseSchemasOf<V> };

/** The request schemas of a version. */
type RequestSchemasOf<V extends keyof VersionTypes> = RequestSchemasIn<VersionTypes[V]['operations']>;
/** The response schemas of a version. */
type ResponseSchemasOf<V extends keyof VersionTypes> = ResponseSchemasIn<VersionTypes[V]['operations']>;

/** The schemas by operationId; operations without a body are missing. */
type RequestSchemasIn<O> = {
  readonly [Id in keyof O as O[Id] extends { requestBody?: object } ? Id : never]: StandardSchema<RequestBodyOf<O[Id]>>;
};

type RequestBodyOf<O> = O extends { requestBody?: infer B } ? ContentOf<NonNullable<B>> : never;

/** The schemas by operationId and status; responses without a body are missing. */
type ResponseSchemasIn<O> = {
  readonly [Id in keyof O]: O[Id] extends { responses: infer R } ? SchemasByStatus<R> : never;
};

type SchemasByStatus<R> = {
  readonly [Status in keyof R & number as R[Status] extends { content: object } ? Status : never]: StandardSchema<
    ContentOf<R[Status]>
  >;
};

type ContentOf<T> = T extends { content: infer C } ? C[keyof C] : never;

/**
 * Validators of request bodies, by operationId, as [Standard Schemas](https://standardschema.dev) for form libraries
 * and others. Their messages are those of the server, at the same places. The name of an older version leads to its
 * validators: `requestSchemas['2024-07-30']`.
 *
 * @example
 * const result = requestSchemas.createCustomerOrganization['~standard'].validate({ ownerId: '', memberIds: [] });
 * const messages = result.issues?.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
 */
export const requestSchemas: RequestSchemas = /* @__PURE__ */ createRequestSchemas();

/**
 * Validators of response bodies, by operationId and status. The client takes them as its option `responseSchemas`, and
 * uses those of its version. The name of an older version leads to its validators.
 *
 * @example
 * const organization = responseSchemas.createCustomerOrganization[201];
 * const isValid = organization['~standard'].validate({ id: 'x' }).issues === undefined;
 */
export const responseSchemas: ResponseSchemas = /* @__PURE__ */ createResponseSchemas();

function createRequestSchemas(): RequestSchemas {
  const create = (validators: RequestValidators) =>
    mapValues(
      validators,
      ({ body }) => body && createSchema((value) => explain((list) => explainBody(body, value, list))),
    );
  const schemas = { ...create(requestValidators), ...mapValues(olderRequestValidators, create) };
  return schemas as unknown as RequestSchemas; // Types and validators are generated from the same contracts.
}

function createResponseSchemas(): ResponseSchemas {
  const create = (validators: ResponseValidators) =>
    mapValues(validators, (statuses) =>
      mapValues(statuses, (validate) => createSchema((value) => check(validate, value))),
    );
  const schemas = { ...create(responseValidators), ...mapValues(olderResponseValidators, create) };
  return schemas as unknown as ResponseSchemas; // The types are generated from the same contracts, too.
}

/** The same properties with other values; those that become undefined are left out. */
function mapValues<T, U>(from: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, NonNullable<U>> {
  return Object.fromEntries(
    Object.entries(from).flatMap(([name, value]) => {
      const changed = change(value);
      return changed === undefined || changed === null ? [] : [[name, changed]];
    }),
  );
}

function createSchema<T>(findIssues: (value: unknown) => StandardIssue[]): StandardSchema<T> {
  return {
    '~standard': {
      version: 1,
      vendor: 'customer-organizations-contract',
      validate: (value) => {
        const issues = findIssuesInJson(value, findIssues);
        return issues.length > 0 ? { issues } : { value: value as T }; // The validator has checked the type.
      },
    },
  };
}

/** Validates what would be sent: JSON has neither properties that are `undefined`, nor inherited ones. */
function findIssuesInJson(value: unknown, findIssues: (value: unknown) => StandardIssue[]): StandardIssue[] {
  let text: string | undefined;
  try {
    const type: unknown = Object(value)[Symbol.toStringTag];
    // An instance of a class such as FormData does not become JSON, and its properties are not the fields of the form.
    if (typeof type === 'string')
      return [
        { message: `Must be a plain object, but is of the type ${type}. Object.fromEntries(form) is one.`, path: [] },
      ];
    text = JSON.stringify(value);
  } catch (error) {
    // The value has no JSON: it contains a cycle, a BigInt, or a revoked proxy.
    return [{ message: `Must be JSON: ${error instanceof Error ? error.message : error}`, path: [] }];
  }
  // Undefined and functions have no JSON.
  return findIssues(text === undefined ? value : parseJson(text));
}

/** Collects violations, and turns their pointers into paths. */
function explain(collect: (list: ViolationList) => void): StandardIssue[] {
  const list = new ViolationList(Number.POSITIVE_INFINITY);
  collect(list);
  return list.violations.map(({ pointer, message }) => ({ message, path: toPath(pointer) }));
}

function check(validate: CompiledValidator, value: unknown): StandardIssue[] {
  if (validate(value)) return [];
  return [...mergeByLocation(validate.errors ?? [])].map(([location, error]) => {
    const { message, pointer } = describeViolation(error, 'body', location);
    return { message, path: toPath(pointer) };
  });
}

/** The segments of a JSON Pointer (RFC 6901). All segments of digits are indexes of arrays here. */
function toPath(pointer: string): (string | number)[] {
  const segments = pointer.split('/').slice(1);
  return segments.map((segment) => {
    if (/^(0|[1-9]\d*)$/.test(segment)) return Number(segment);
    return segment.replaceAll('~1', '/').replaceAll('~0', '~');
  });
}
