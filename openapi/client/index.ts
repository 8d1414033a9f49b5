// The typed client. It runs in Node, browsers and workers, so nothing here imports from Node.
export type { ApiVersion, ErrorType } from '../../generated/operations.ts';
export type { components, operations, paths } from '../../generated/schema.ts';
export type { AnyErrorType, NewestVersion, VersionTypes } from '../../generated/version-types.ts';
export { type ClientOptions, createClient } from './client.ts';
export type { BasicCredentials, Credentials } from './credentials/credentials.ts';
export { ApiError, unwrap } from './errors/api-error.ts';
export { NetworkError, type NetworkErrorReason } from './errors/network-error.ts';
export { UnexpectedResponse } from './errors/unexpected-response.ts';
export { type Attempt, createFetch, type FetchOptions } from './fetch/fetch.ts';
export { createMiddleware, type MiddlewareOptions } from './fetch/middleware.ts';
export { createIdempotencyKey } from './idempotency-key.ts';
export type { Client, Schema } from './types.ts';
