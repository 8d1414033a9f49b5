// The data that a test gives to a mock, and the controls by which it drives the mock.
import type { AnyScenarioName } from '../../generated/version-examples.ts';
import type { MockCustomer } from './customers.ts';
import type { RecordedRequest } from './journal/journal-entry.ts';
import type { RequestPredicate } from './journal/request-predicate.ts';
import type { NextOptions, NextRequest } from './scenario-queue.ts';

/** Credentials that the mock accepts. */
export interface MockCredentials {
  /** The user name of HTTP Basic authentication. */
  clientId: string;
  /** The password of HTTP Basic authentication. */
  clientSecret: string;
}

/** The customers and credentials that the mock knows. */
export interface MockData {
  /**
   * The customers of the account. As on the server, other IDs get `UnknownCustomers`. Default: all IDs are known except
   * those in the example `UnknownCustomers` of the contract.
   */
  customers?: readonly MockCustomer[] | undefined;
  /** The accepted credentials; all others get 401. An empty list accepts none. Default: any are accepted. */
  credentials?: MockCredentials | readonly MockCredentials[] | undefined;
}

/** The options of `waitForRequest`. */
export interface WaitOptions {
  /** The time-out in milliseconds: 0 to 3,600,000. Default: 5,000. */
  timeoutMs?: number | undefined;
}

/** The controls by which a test drives and inspects the mock. */
export interface MockControls {
  /**
   * Queues a response for the next valid request, or for several; first in, first out. A request that violates the
   * contract gets its own error and consumes nothing from the queue. A request of an older version gets the example of
   * that version. A successful response uses the idempotency key of its request; a request that repeats a used key gets
   * the replay and consumes no success from the queue.
   *
   * @throws TypeError that lists the scenarios, for an unknown one. RangeError when 1,000 entries wait already. Error
   * when the mock is closed
   *
   * @example
   * mock.next('RateLimited');
   * mock.next('Unavailable', { times: 2, delayMs: 300 });
   * mock.next({ networkError: true });
   */
  next(scenario: AnyScenarioName, options?: NextOptions): void;
  next(options: NextRequest<AnyScenarioName>): void;
  /** The last 1,000 requests to the API, oldest first; fewer if their bodies exceed 4,000,000 characters. */
  readonly requests: readonly RecordedRequest[];
  /** The number of earlier requests that are no longer kept. */
  readonly droppedRequests: number;
  /**
   * Resolves with the oldest request that matches, or the next one to arrive. Rejects after `timeoutMs`, by default
   * 5,000, and when the mock is reset or closed. An invalid option is a TypeError.
   */
  waitForRequest(predicate?: RequestPredicate, options?: WaitOptions): Promise<RecordedRequest>;
  /**
   * Resets the mock between two tests: empties the queue and the journal, and forgets IDs and idempotency keys. Pending
   * requests, such as delayed ones, get a network error.
   */
  reset(): void;
}
