// The types of the client, derived from the generated types of the contract.
import type { ParamsOption, RequestBodyOption } from 'openapi-fetch';
import type { fallbackResponses, HasReadWriteMarkers, Route } from '../../generated/operations.ts';
import type { components, paths } from '../../generated/schema.ts';
import type { Readable } from '../model/handler-types.ts';
import type { UnexpectedResponse } from './unexpected-response.ts';

/**
 * The methods of the contract's operations.
 *
 * @example
 * const method: Method = 'POST';
 */
export type Method = Route['method'];

/** The paths with this method. */
type PathWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in Lowercase<M>]: Operation } ? P : never;
}[keyof paths];

/** The operation with this path and method. */
type OperationAt<P extends keyof paths, M extends Method> = paths[P] extends {
  [K in Lowercase<M>]: infer O extends Operation;
}
  ? O
  : never;

/** The part of an operation that results are derived from. */
interface Operation {
  /** By status. */
  responses: object;
}

/**
 * A schema of the contract, by its name.
 *
 * @example
 * function title({ owner, members }: Schema<'CustomerOrganization'>) {
 *   return `${owner.name} and ${members.length} more`;
 * }
 */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

/**
 * Calls the operation with a path of the contract. The second argument has the declared parameters and body, and the
 * options of `fetch`. See {@link createClient} for the result.
 *
 * @example
 * const { status, data, error } = await client.POST('/customer-organizations', {
 *   params: { header: { 'Idempotency-Key': 'order-4711' } },
 *   body: { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] },
 * });
 */
export type Call<M extends Method> = <P extends PathWith<M>>(
  path: P,
  ...init: Partial<InitOf<OperationAt<P, M>>> extends InitOf<OperationAt<P, M>>
    ? [init?: InitOf<OperationAt<P, M>>]
    : [init: InitOf<OperationAt<P, M>>]
) => Promise<Result<OperationAt<P, M>>>;

type InitOf<O> = ParamsOption<O> & RequestBodyOption<O> & CallOptions;

/**
 * The options of every call besides parameters and body: those of `fetch`. The default of `credentials` is `'omit'`.
 *
 * @example
 * const options: CallOptions = { signal: AbortSignal.timeout(5_000), headers: { traceparent: '00-1' } };
 * await client.POST('/customer-organizations', { body, ...options });
 */
export interface CallOptions extends Omit<RequestInit, 'method' | 'body' | 'headers' | 'signal'> {
  /** Aborts the call, its retries and the delays between them: `AbortSignal.timeout(5_000)`. */
  signal?: AbortSignal | null | undefined;
  /** Undeclared headers, such as those of tracing. The declared ones are typed in `params.header`. */
  headers?: Record<string, string> | undefined;
}

/**
 * The result of a call, narrowed by `status`: a declared response, the response of a server that does not have the path
 * or the method, or a response that does not match the contract.
 *
 * @example
 * function describe(result: Result<operations['createCustomerOrganization']>) {
 *   if (result.status === 201) return result.data.owner.name;
 *   if (result.error.type === 'UnknownCustomers') return result.error.details?.map(({ pointer }) => pointer).join();
 *   return result.error.message;
 * }
 */
export type Result<O extends Operation> = DeclaredResult<O['responses']> | FallbackResult | UnexpectedResult;

/** The result of a declared response. */
type DeclaredResult<R> = {
  [S in keyof R & number]: `${S}` extends `${2 | 3}${string}`
    ? { status: S; data: JsonOf<R[S]>; error?: undefined; response: Response }
    : { status: S; data?: undefined; error: ErrorOf<JsonOf<R[S]>>; response: Response };
}[keyof R & number];

type JsonOf<R> = R extends { content: infer C } ? Received<C[keyof C]> : undefined;

/** Without markers the type stays as it is, so that editors show its name. */
type Received<T> = HasReadWriteMarkers extends true ? Readable<T> : T;

/** The error in the envelope: one member for each of its types, so that `type` narrows it. */
type ErrorOf<Envelope> = Envelope extends { error: infer E extends { type: string } }
  ? Distribute<E, E['type']>
  : never;

type Distribute<E, T> = T extends string ? { [K in keyof E]: K extends 'type' ? T : E[K] } : never;

/** The result of a response that no operation sends: the server does not have the path or the method. */
type FallbackResult = (typeof fallbackResponses)[number] extends infer F
  ? F extends { status: infer S; types: readonly (infer T)[] }
    ? { status: S; data?: undefined; error: { type: T; message: string }; response: Response }
    : never
  : never;

/** The result of a response that does not match the contract. */
interface UnexpectedResult {
  /** See `response.status`. */
  status: undefined;
  data?: undefined;
  /** Describes the response. */
  error: UnexpectedResponse;
  /** The response; its body has been read. */
  response: Response;
}
