// The types of the client: what an operation takes and what comes back, from the generated types of the contract.
import type { ParamsOption, RequestBodyOption } from 'openapi-fetch';
import type { outsideAnswers, Route } from '../../generated/operations.ts';
import type { paths } from '../../generated/schema.ts';

/** The methods that some path of the contract has. */
export type Method = Route['method'];

/** The paths that have this method. */
type PathWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in Lowercase<M>]: Operation } ? P : never;
}[keyof paths];

type OperationAt<P extends keyof paths, M extends Method> = paths[P] extends {
  [K in Lowercase<M>]: infer O extends Operation;
}
  ? O
  : never;

interface Operation {
  responses: object;
}

/** Sends one operation, named by its path in the contract. */
export type Call<M extends Method> = <P extends PathWith<M>>(
  path: P,
  ...init: Partial<InitOf<OperationAt<P, M>>> extends InitOf<OperationAt<P, M>>
    ? [init?: InitOf<OperationAt<P, M>>]
    : [init: InitOf<OperationAt<P, M>>]
) => Promise<Result<OperationAt<P, M>>>;

type InitOf<O> = ParamsOption<O> & RequestBodyOption<O> & CallOptions;

/** What every call takes besides its parameters and body: the options of `fetch`. */
export interface CallOptions extends Omit<RequestInit, 'method' | 'body' | 'headers' | 'signal'> {
  /** Ends the call, its retries and the waits between them: `AbortSignal.timeout(5_000)`. */
  signal?: AbortSignal | null | undefined;
  /** Headers that the contract does not declare, such as those of tracing. The declared ones are typed in `params.header`. */
  headers?: Record<string, string> | undefined;
}

/**
 * What a call resolves with: one of the declared answers, narrowed by `status`; or the answer of a server that does not know the path or
 * the method; or one that is not of the contract.
 */
export type Result<O extends Operation> = Declared<O['responses']> | Outside | Unexpected;

type Declared<R> = {
  [S in keyof R & number]: `${S}` extends `2${string}`
    ? { status: S; data: JsonOf<R[S]>; error?: undefined; response: Response }
    : { status: S; data?: undefined; error: Faults<JsonOf<R[S]>>; response: Response };
}[keyof R & number];

type JsonOf<R> = R extends { content: infer C } ? C[keyof C] : undefined;

/** The error inside the envelope; one for each of its types, so that `type` narrows it. */
type Faults<Envelope> = Envelope extends { error: infer E extends { type: string } } ? EachOf<E, E['type']> : never;

type EachOf<E, T> = T extends string ? { [K in keyof E]: K extends 'type' ? T : E[K] } : never;

type Outside = (typeof outsideAnswers)[number] extends infer A
  ? A extends { status: infer S; types: readonly (infer T)[] }
    ? { status: S; data?: undefined; error: { type: T; message: string }; response: Response }
    : never
  : never;

interface Unexpected {
  /** `response.status` has the number. */
  status: undefined;
  data?: undefined;
  error: UnexpectedAnswer;
  response: Response;
}

/** An answer that is not of the contract: not JSON, without the error envelope, or with an undeclared status. Most often a proxy's, or the base URL is wrong. */
export interface UnexpectedAnswer {
  type: 'UnexpectedAnswer';
  /** Says what came, from where. */
  message: string;
  /** The body: text, or parsed if it was JSON. */
  body: unknown;
}
