// The types of the client: those of openapi-fetch for the generated types of the contract.
import type { Client as FetchClient, FetchResponse, MaybeOptionalInit } from 'openapi-fetch';
import type { components, paths } from '../../generated/schema.ts';

/**
 * A schema of the contract, by its name.
 *
 * @example
 * function title({ owner, members }: Schema<'CustomerOrganization'>) {
 *   return `${owner.name} and ${members.length} more`;
 * }
 */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

type HttpMethod = 'get' | 'put' | 'post' | 'delete' | 'options' | 'head' | 'patch' | 'trace';

/** As in openapi-fetch, which does not export it. */
type PathsWithMethod<Method extends HttpMethod> = {
  [Path in keyof paths]: paths[Path] extends { [M in Method]: unknown } ? Path : never;
}[keyof paths];

/** As in openapi-fetch, which does not export it. */
type InitParam<Init> =
  RequiredKeysOf<Init> extends never ? [(Init & { [key: string]: unknown })?] : [Init & { [key: string]: unknown }];

type RequiredKeysOf<T> = { [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? never : K }[keyof T];

/** What a result has besides those of openapi-fetch. */
export interface WithIdempotencyKey {
  /** The `Idempotency-Key` that was sent; undefined for an operation without one. */
  idempotencyKey: string | undefined;
}

/** A method of openapi-fetch's client, whose results have the idempotency key. */
type Call<Method extends HttpMethod> = <
  Path extends PathsWithMethod<Method>,
  Init extends MaybeOptionalInit<paths[Path], Method>,
>(
  url: Path,
  ...init: InitParam<Init>
) => Promise<ResultOf<Path, Method, Init>>;

/** A name of its own, so that editors show it instead of all that it stands for. */
type ResultOf<Path extends keyof paths, Method extends keyof paths[Path], Init> = FetchResponse<
  NonNullable<paths[Path][Method]>,
  Init,
  `${string}/${string}`
> &
  WithIdempotencyKey;

/**
 * A client of openapi-fetch for the operations of the contract, so everything that takes one takes this. Each result
 * has the `idempotencyKey` that was sent, too.
 *
 * @example
 * async function createParent(client: Client, ownerId: string) {
 *   return client.POST('/customer-organizations', { body: { ownerId, memberIds: [] } });
 * }
 */
export interface Client extends FetchClient<paths> {
  /** Sends a GET request. */
  GET: Call<'get'>;
  /** Sends a PUT request. */
  PUT: Call<'put'>;
  /** Sends a POST request. */
  POST: Call<'post'>;
  /** Sends a DELETE request. */
  DELETE: Call<'delete'>;
  /** Sends an OPTIONS request. */
  OPTIONS: Call<'options'>;
  /** Sends a HEAD request. */
  HEAD: Call<'head'>;
  /** Sends a PATCH request. */
  PATCH: Call<'patch'>;
  /** Sends a TRACE request. */
  TRACE: Call<'trace'>;
}
