// The typed client. It runs in Node, browsers and workers, so nothing here imports from Node.
export type { ApiVersion, ErrorType } from '../../generated/operations.ts';
export type { components, operations, paths } from '../../generated/schema.ts';
export { type Client, type ClientOptions, createClient } from './client.ts';
export { NetworkError } from './network-error.ts';
export type { Call, CallOptions, Method, Result, Schema } from './types.ts';
export type { UnexpectedResponse } from './unexpected-response.ts';
