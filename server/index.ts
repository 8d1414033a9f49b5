// What the package offers as `customer-organizations-contract/server`: the edge for handlers of your own, and the parts that the server of this package is made of.
export type {
  ApiVersion,
  CreateCustomerOrganizationAnswer,
  CreateCustomerOrganizationRequest,
  ErrorType,
  Handlers,
} from '../generated/operations.ts';
export { type AppOptions, type Context, createApp, type Principal } from './app.ts';
export { authenticateBy, hashSecret } from './authenticate.ts';
export type { Credentials } from './edge/credentials.ts';
export { ApiError, type ErrorBody, type Violation } from './errors.ts';
export { createHandlers } from './handlers.ts';
export { type Listening, type ListenOptions, listen } from './listen.ts';
export { StartupError } from './startup-error.ts';
export { openSqliteStore } from './store/sqlite/store.ts';
export {
  type ApiKey,
  type CreateOutcome,
  type Customer,
  type NewOrganization,
  type Organization,
  type Store,
  StoreNotUsable,
  StoreUnavailable,
} from './store/store.ts';
