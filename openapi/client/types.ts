// The types of the client: what an operation takes and what comes back, from the generated types of the contract.
import type { ParamsOption, RequestBodyOption } from 'openapi-fetch';
import type { fallbackResponses, Route } from '../../generated/operations.ts';
import type { components, paths } from '../../generated/schema.ts';

/**
 * The methods that some path of the contract has.
 *
 * @example
 * const method: Method = 'POST';
 */
export type Method = Route['method'];

/** The paths that have this method. */
type PathWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in Lowercase<M>]: Operation } ? P : never;
}[keyof paths];

/** The operation with this path and method. */
type OperationAt<P extends keyof paths, M extends Method> = paths[P] extends {
  [K in Lowercase<M>]: infer O extends Operation;
}
  ? O
  : never;

/** As far as it is read here. */
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
 * Sends one operation, named by its path in the contract. Takes the parameters and the body that the contract declares, and the
 * options of `fetch`; see {@link createClient} for what comes back.
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
 * What every call takes besides its parameters and body: the options of `fetch`. `credentials` is `'omit'` unless you say otherwise.
 *
 * @example
 * const options: CallOptions = { signal: AbortSignal.timeout(5_000), headers: { traceparent: '00-1' } };
 * await client.POST('/customer-organizations', { body, ...options });
 */
export interface CallOptions extends Omit<RequestInit, 'method' | 'body' | 'headers' | 'signal'> {
  /** Ends the call, its retries and the waits between them: `AbortSignal.timeout(5_000)`. */
  signal?: AbortSignal | null | undefined;
  /** Headers that the contract does not declare, such as those of tracing. The declared ones are typed in `params.header`. */
  headers?: Record<string, string> | undefined;
}

/**
 * What a call resolves with: one of the declared answers, narrowed by `status`; or the answer of a server that does not know the path or
 * the method; or one that is not of the contract.
 *
 * @example
 * function describe(result: Result<operations['createCustomerOrganization']>) {
 *   if (result.status === 201) return result.data.owner.name;
 *   if (result.error.type === 'UnknownCustomers') return result.error.details?.map(({ pointer }) => pointer).join();
 *   return result.error.message;
 * }
 */
export type Result<O extends Operation> = Declared<O['responses']> | Outside | Unexpected;

/** One of the answers that the operation declares. */
type Declared<R> = {
  [S in keyof R & number]: `${S}` extends `2${string}`
    ? { status: S; data: JsonOf<R[S]>; error?: undefined; response: Response }
    : { status: S; data?: undefined; error: Faults<JsonOf<R[S]>>; response: Response };
}[keyof R & number];

type JsonOf<R> = R extends { content: infer C } ? C[keyof C] : undefined;

/** The error inside the envelope; one for each of its types, so that `type` narrows it. */
type Faults<Envelope> = Envelope extends { error: infer E extends { type: string } } ? EachOf<E, E['type']> : never;

type EachOf<E, T> = T extends string ? { [K in keyof E]: K extends 'type' ? T : E[K] } : never;

/** An answer that no operation gives: the server does not know the path or the method. */
type Outside = (typeof fallbackResponses)[number] extends infer A
  ? A extends { status: infer S; types: readonly (infer T)[] }
    ? { status: S; data?: undefined; error: { type: T; message: string }; response: Response }
    : never
  : never;

/** An answer that is not of the contract. */
interface Unexpected {
  /** `response.status` has the number. */
  status: undefined;
  data?: undefined;
  /** What came instead. */
  error: UnexpectedResponse;
  /** The answer itself; its body has been read. */
  response: Response;
}

/**
 * An answer that is not of the contract: not JSON, without the error envelope, or with an undeclared status. Most often a proxy's, or the base URL is wrong.
 *
 * @example
 * const { error, response } = await client.POST('/customer-organizations', { body });
 * if (error?.type === 'UnexpectedResponse') console.error(response.status, error.body);
 */
export interface UnexpectedResponse {
  type: 'UnexpectedResponse';
  /** Says what came, from where. */
  message: string;
  /** The body: text, or parsed if it was JSON. */
  body: unknown;
}
