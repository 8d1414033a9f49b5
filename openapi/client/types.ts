// The types of the client: those of openapi-fetch for the generated types of a version.
import type { Client as FetchClient, FetchResponse, MaybeOptionalInit } from 'openapi-fetch';
import type { NewestVersion, VersionTypes } from '../../generated/version-types.ts';

/** The paths of a version. */
type Paths<Version extends keyof VersionTypes> = VersionTypes[Version]['paths'];
/** The schemas of a version. */
type Schemas<Version extends keyof VersionTypes> = VersionTypes[Version]['components']['schemas'];

/**
 * A schema of the contract, by its name. The second parameter selects an older version.
 *
 * @example
 * function title({ owner, members }: Schema<'CustomerOrganization'>) {
 *   return `${owner.name} and ${members.length} more`;
 * }
 */
export type Schema<
  Name extends keyof Schemas<Version>,
  Version extends keyof VersionTypes = NewestVersion,
> = Schemas<Version>[Name];

type HttpMethod = 'get' | 'put' | 'post' | 'delete' | 'options' | 'head' | 'patch' | 'trace';

/** A copy of the type in openapi-fetch, which does not export it. */
type PathsWithMethod<P, Method extends HttpMethod> = {
  [Path in keyof P]: P[Path] extends { [M in Method]: unknown } ? Path : never;
}[keyof P];

/** A copy of the type in openapi-fetch, which does not export it. */
type InitParam<Init> =
  RequiredKeysOf<Init> extends never ? [(Init & { [key: string]: unknown })?] : [Init & { [key: string]: unknown }];

type RequiredKeysOf<T> = { [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? never : K }[keyof T];

/** The field that results have in addition to the fields of openapi-fetch. */
export interface WithIdempotencyKey {
  /** The `Idempotency-Key` that was sent; undefined for an operation without one. */
  idempotencyKey: string | undefined;
}

/** A method of openapi-fetch's client, whose results have the idempotency key. */
type Call<P extends object, Method extends HttpMethod> = <
  Path extends PathsWithMethod<P, Method>,
  Init extends MaybeOptionalInit<P[Path], Method & keyof P[Path]>,
>(
  url: Path,
  ...init: InitParam<Init>
) => Promise<ResultOf<Path, Method, Init, P>>;

/** A name of its own, so that editors show it instead of all that it stands for. */
type ResultOf<Path extends keyof P, Method extends HttpMethod, Init, P> = FetchResponse<
  OperationAt<P[Path], Method>,
  Init,
  `${string}/${string}`
> &
  WithIdempotencyKey;

/** The operation of a method, if there is one. */
type OperationAt<Methods, Method extends HttpMethod> = Methods extends { [M in Method]: infer O extends object }
  ? O
  : never;

/**
 * A client of openapi-fetch for the operations of a version, by default the newest. Everything that takes a client of
 * openapi-fetch takes this one. Each result also has the `idempotencyKey` that was sent.
 *
 * @example
 * async function createParent(client: Client, ownerId: string) {
 *   return client.POST('/customer-organizations', { body: { ownerId, memberIds: [] } });
 * }
 */
export interface Client<Version extends keyof VersionTypes = NewestVersion>
  extends Pick<FetchClient<Paths<Version>>, 'request' | 'use' | 'eject'> {
  /** The version of the API that requests name, and whose types these are. */
  readonly version: Version;
  /** Sends a GET request. */
  GET: Call<Paths<Version>, 'get'>;
  /** Sends a PUT request. */
  PUT: Call<Paths<Version>, 'put'>;
  /** Sends a POST request. */
  POST: Call<Paths<Version>, 'post'>;
  /** Sends a DELETE request. */
  DELETE: Call<Paths<Version>, 'delete'>;
  /** Sends an OPTIONS request. */
  OPTIONS: Call<Paths<Version>, 'options'>;
  /** Sends a HEAD request. */
  HEAD: Call<Paths<Version>, 'head'>;
  /** Sends a PATCH request. */
  PATCH: Call<Paths<Version>, 'patch'>;
  /** Sends a TRACE request. */
  TRACE: Call<Paths<Version>, 'trace'>;
}
