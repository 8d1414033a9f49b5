// Derives the request and the responses of a handler from the types that openapi-typescript writes of its operation.

/** The parts of an operation that its request is made of. */
interface OperationTypes {
  parameters: { path?: unknown; query?: unknown; header?: unknown };
  requestBody?: unknown;
}

/** A validated request, reduced to what the contract declares. */
export interface RequestOf<O extends OperationTypes> {
  /** Path parameters, by name. */
  path: Declared<O['parameters']['path']>;
  /** Query parameters, by name. */
  query: Declared<O['parameters']['query']>;
  /** Declared request headers, by their names in the contract. */
  headers: Declared<O['parameters']['header']>;
  /** The parsed body; undefined without one. */
  body: BodyOf<O>;
}

/** The declared parameters, or an empty object. */
type Declared<T> = [NonNullable<T>] extends [never] ? Record<never, never> : NonNullable<T>;

/** An optional body may be undefined. */
type BodyOf<O extends OperationTypes> = O['requestBody'] extends { content: infer C }
  ? C[keyof C]
  : O extends { requestBody?: { content: infer C } }
    ? C[keyof C] | undefined
    : undefined;

/** One of the declared responses, discriminated by `status`, without the headers that the edge sets. */
export type ResponseOf<R, EdgeHeader extends string> = {
  [S in keyof R & number]: { status: S } & BodyPart<R[S]> &
    HeadersPart<R[S] extends { headers: infer H } ? OwnHeaders<H, EdgeHeader> : Record<never, never>>;
}[keyof R & number];

type BodyPart<R> = R extends { content: infer C } ? { body: C[keyof C] } : { body?: undefined };

/** The declared headers, without the index signature and without those of the edge. */
type OwnHeaders<H, EdgeHeader> = {
  [N in keyof H as string extends N ? never : N extends EdgeHeader ? never : N]: H[N];
};

/** `headers` may be left out where no header is required. */
type HeadersPart<H> = keyof H extends never
  ? { headers?: Record<string, never> }
  : Record<never, never> extends H
    ? { headers?: H }
    : { headers: H };

/** The markers of openapi-typescript for properties that are in responses only, or in requests only. */
interface ReadMarker {
  readonly $read: unknown;
}
interface WriteMarker {
  readonly $write: unknown;
}

/** The value in a response, without `writeOnly` properties. */
export type Readable<T> = T extends WriteMarker
  ? never
  : T extends { readonly $read: infer U }
    ? Readable<U>
    : T extends (infer E)[]
      ? Readable<E>[]
      : T extends object
        ? { [K in keyof T as NonNullable<T[K]> extends WriteMarker ? never : K]: Readable<T[K]> }
        : T;

/** The value in a request, without `readOnly` properties. */
export type Writable<T> = T extends ReadMarker
  ? never
  : T extends { readonly $write: infer U }
    ? Writable<U>
    : T extends (infer E)[]
      ? Writable<E>[]
      : T extends object
        ? { [K in keyof T as NonNullable<T[K]> extends ReadMarker ? never : K]: Writable<T[K]> }
        : T;

/** A request whose body has no properties that are `readOnly`. */
export type WithWritableBody<R extends { body: unknown }> = Omit<R, 'body'> & { body: Writable<R['body']> };
