// What a test gives to a mock, and how it drives it.
import type { AnyScenarioName } from '../../generated/version-examples.ts';
import type { MockCustomer } from './customers.ts';
import type { RecordedRequest } from './journal/journal-entry.ts';
import type { RequestPredicate } from './journal/request-predicate.ts';
import type { NextOptions, NextRequest } from './scenario-queue.ts';

/** Credentials that the mock accepts. */
export interface MockCredentials {
  /** The user name of HTTP Basic. */
  clientId: string;
  /** Its password. */
  clientSecret: string;
}

/** What the mock knows. */
export interface MockData {
  /**
   * The customers of the account: other IDs get `UnknownCustomers`, as from the server. Default: all IDs are known but
   * those in the example `UnknownCustomers` of the contract.
   */
  customers?: readonly MockCustomer[] | undefined;
  /** The credentials that are accepted: others get 401, and with an empty list all do. Default: any. */
  credentials?: MockCredentials | readonly MockCredentials[] | undefined;
}

/** The options of `waitForRequest`. */
export interface WaitOptions {
  /** The time in milliseconds after which it rejects: 0 to 3,600,000. Default: 5,000. */
  timeoutMs?: number | undefined;
}

/** How a test drives the mock and looks at it. */
export interface MockControls {
  /**
   * Queues a response for the next valid request, or for several. First in, first out. A request that the contract does
   * not allow gets its own error, and takes nothing from the queue. One of an older version gets the example of that
   * version. A success uses the idempotency key of its request; one that repeats a used key replays its response, and
   * takes no success from the queue.
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
  /** The last 1,000 requests to the API, oldest first, or as many as have 4,000,000 characters of bodies. */
  readonly requests: readonly RecordedRequest[];
  /** The number of requests before those in `requests`, which are not kept any more. */
  readonly droppedRequests: number;
  /**
   * Resolves with the oldest request that matches, or the next one to arrive. Rejects after `timeoutMs`, by default
   * 5,000, and when the mock is reset or closed. An invalid option is a TypeError.
   */
  waitForRequest(predicate?: RequestPredicate, options?: WaitOptions): Promise<RecordedRequest>;
  /**
   * Makes the mock as good as new, between two tests: empties queue and journal, and forgets IDs and keys. Requests
   * that have no response yet, such as delayed ones, meet a network failure.
   */
  reset(): void;
}
