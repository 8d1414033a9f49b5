// Standard Schema validators for the bodies of requests and responses. They are compiled: no ajv, no `eval`.
import { requestValidators } from '../../generated/request-validators.ts';
import { responseValidators } from '../../generated/response-validators.ts';
import type { operations } from '../../generated/schema.ts';
import { describeViolation, mergeByLocation } from '../../server/edge/violations/describe-violation.ts';
import { explainBody } from '../../server/edge/violations/explain-compiled.ts';
import { ViolationList } from '../../server/edge/violations/violation-list.ts';
import type { CompiledRequest, CompiledValidator } from '../model/compiled-validators.ts';
import type { StandardIssue, StandardSchema } from '../model/standard-schema.ts';

export type { StandardIssue, StandardResult, StandardSchema } from '../model/standard-schema.ts';

/** By operationId; operations without a body are missing. */
type RequestSchemas = {
  readonly [Id in keyof operations as operations[Id] extends { requestBody?: object } ? Id : never]: StandardSchema<
    RequestBodyOf<operations[Id]>
  >;
};

type RequestBodyOf<O> = O extends { requestBody?: infer B } ? ContentOf<NonNullable<B>> : never;

/** By operationId and status; responses without a body are missing. */
type ResponseSchemas = {
  readonly [Id in keyof operations]: {
    readonly [Status in keyof operations[Id]['responses'] & number as operations[Id]['responses'][Status] extends {
      content: object;
    }
      ? Status
      : never]: StandardSchema<ContentOf<operations[Id]['responses'][Status]>>;
  };
};

type ContentOf<T> = T extends { content: infer C } ? C[keyof C] : never;

/**
 * Validators of request bodies, by operationId, for forms and whatever else takes a
 * [Standard Schema](https://standardschema.dev). Their messages are those of the server, at the same places.
 *
 * @example
 * const result = requestSchemas.createCustomerOrganization['~standard'].validate({ ownerId: '', memberIds: [] });
 * const messages = result.issues?.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
 */
export const requestSchemas: RequestSchemas = /* @__PURE__ */ createRequestSchemas();

/**
 * Validators of response bodies, by operationId and status. The client takes them as its option `responseSchemas`.
 *
 * @example
 * const organization = responseSchemas.createCustomerOrganization[201];
 * const isValid = organization['~standard'].validate({ id: 'x' }).issues === undefined;
 */
export const responseSchemas: ResponseSchemas = /* @__PURE__ */ createResponseSchemas();

function createRequestSchemas(): RequestSchemas {
  const validators: Record<string, CompiledRequest> = requestValidators;
  const schemas = Object.entries(validators).flatMap(([id, { body }]) =>
    body ? [[id, createSchema((value) => explain((list) => explainBody(body, value, list)))] as const] : [],
  );
  return Object.fromEntries(schemas) as RequestSchemas; // They come from the same contract.
}

function createResponseSchemas(): ResponseSchemas {
  const validators: Record<string, Record<string, CompiledValidator>> = responseValidators;
  const schemas = Object.entries(validators).map(([id, statuses]) => [
    id,
    Object.fromEntries(
      Object.entries(statuses).map(([status, validate]) => [status, createSchema((value) => check(validate, value))]),
    ),
  ]);
  return Object.fromEntries(schemas) as ResponseSchemas; // As above.
}

function createSchema<T>(findIssues: (value: unknown) => StandardIssue[]): StandardSchema<T> {
  return {
    '~standard': {
      version: 1,
      vendor: 'customer-organizations-contract',
      validate: (value) => {
        // Such as FormData. JSON has none, and its properties are not those of the form.
        const type: unknown = Object(value)[Symbol.toStringTag];
        const message = `Must be a plain object, but is of the type ${type}. Object.fromEntries(form) is one.`;
        const issues = typeof type === 'string' ? [{ message, path: [] }] : findIssues(value);
        return issues.length > 0 ? { issues } : { value: value as T }; // The validator has found that it is one.
      },
    },
  };
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

/** The segments of a JSON Pointer (RFC 6901). A number is the index of an array, which all numbers here are. */
function toPath(pointer: string): (string | number)[] {
  const segments = pointer.split('/').slice(1);
  return segments.map((segment) => {
    if (/^(0|[1-9]\d*)$/.test(segment)) return Number(segment);
    return segment.replaceAll('~1', '/').replaceAll('~0', '~');
  });
}
