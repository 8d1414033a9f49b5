// The exports of `customer-organizations-server`: the edge, for handlers of your own, and the parts of this
// package's server.
import '../openapi/command/require-node.ts';
import type { PostgresOptions } from './store/postgres/options.ts';
import type { Store } from './store/store.ts';

export type {
  ApiVersion,
  CreateCustomerOrganizationRequest,
  CreateCustomerOrganizationResponse,
  ErrorType,
  Handlers,
} from '../generated/operations.ts';
export { createHandlers } from './api/handlers.ts';
export { authenticateBy, hashSecret } from './auth/authenticate.ts';
export { createApp } from './edge/app.ts';
export type { Credentials } from './edge/credentials.ts';
export { ApiError, type ErrorBody, type Violation } from './edge/errors.ts';
export { MemoryBudget } from './edge/memory/memory-budget.ts';
export type { AppOptions, Context, ExchangeSummary, HandlerResponse, Principal } from './edge/options.ts';
export { type Listening, type ListenOptions, listen } from './http/listen.ts';
export { StartupError } from './startup-error.ts';
export type { PostgresOptions } from './store/postgres/options.ts';
export type { ApiKey, Customer, Organization } from './store/records.ts';
export { openSqliteStore } from './store/sqlite/store.ts';
export type { CreateOutcome, NewOrganization, Store } from './store/store.ts';
export { StoreOpenError, StoreUnavailableError } from './store/store-errors.ts';

/**
 * Opens a store on PostgreSQL, and updates its schema.
 *
 * @throws StoreOpenError when the database cannot be reached, or belongs to another program
 * @throws Error when the URL is invalid
 *
 * @example
 * const store = await openPostgresStore({ url: 'postgres://app:password@localhost:5432/app', poolSize: 20 });
 * const app = await createApp(createHandlers(store), { authenticate: authenticateBy(store) });
 */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const postgres = await import('./store/postgres/store.ts');
  return postgres.openPostgresStore(options);
}
