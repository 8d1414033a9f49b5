// The typed client. It runs in Node, browsers and workers, so nothing here imports from Node.
export type { ApiVersion, ErrorType } from '../../generated/operations.ts';
export type { components, operations, paths } from '../../generated/schema.ts';
export type { AnyErrorType, NewestVersion, VersionTypes } from '../../generated/version-types.ts';
export { ApiError, unwrap } from './api-error.ts';
export { type ClientOptions, createClient } from './client.ts';
export type { BasicCredentials, Credentials } from './credentials.ts';
export { type Attempt, createFetch, type FetchOptions } from './fetch.ts';
export { createIdempotencyKey } from './idempotency-key.ts';
export { createMiddleware, type MiddlewareOptions } from './middleware.ts';
export { NetworkError, type NetworkErrorReason } from './network-error.ts';
export type { Client, Schema } from './types.ts';
export { UnexpectedResponse } from './unexpected-response.ts';
