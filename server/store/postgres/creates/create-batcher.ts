// Group commit on PostgreSQL: creates that arrive while statements are running share the next statement, its round trip
// and its flush.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { CreateOutcome, NewOrganization } from '../../store.ts';
import { StoreUnavailableError } from '../../store-errors.ts';
import { mayBeErrorOfOne } from '../connection/errors.ts';

/**
 * Creates organizations of one account in one statement, except those with unknown customers. The time limit is in
 * milliseconds.
 */
export type CreateBatch = (batch: NewOrganization[], limitMs: number) => Promise<CreateOutcome[]>;

export interface BatcherOptions {
  /** The maximum number of concurrent statements. */
  statements: number;
  /** The time limit of a create in milliseconds, including the wait for a statement. */
  timeoutMs: number;
}

/** The maximum number of creates in one statement. */
const BATCH_LIMIT = 64;

/** The maximum number of customers in one statement. A larger create runs alone, so that it delays no small ones. */
const CUSTOMERS_LIMIT = 1000;

/** The key of OpenTelemetry's API: https://github.com/open-telemetry/opentelemetry-js, `global-utils`. */
const OPEN_TELEMETRY = Symbol.for('opentelemetry.js.api.1');

/** Runs work in the context of a create, so that a statement belongs to the trace of its oldest create. */
type InContext = (work: () => void) => void;

/** Captures the current context, unless tracing is not in use. */
function captureContext(): InContext {
  return OPEN_TELEMETRY in globalThis ? AsyncLocalStorage.snapshot() : (work) => work();
}

interface PendingCreate {
  organization: NewOrganization;
  customers: number;
  queuedMs: number;
  inContext: InContext;
  resolve: (outcome: CreateOutcome) => void;
  reject: (error: unknown) => void;
}

/** Batches creates without a timer: a create that arrives while a statement is free does not wait. */
export class CreateBatcher {
  readonly #createBatch: CreateBatch;
  readonly #statements: number;
  readonly #timeoutMs: number;
  readonly #queue: PendingCreate[] = [];
  readonly #pending = new Set<Promise<CreateOutcome>>();
  #running = 0;

  constructor(createBatch: CreateBatch, { statements, timeoutMs }: BatcherOptions) {
    this.#createBatch = createBatch;
    this.#statements = statements;
    this.#timeoutMs = timeoutMs;
  }

  /** Rejects with the errors of `createBatch`. */
  create(organization: NewOrganization): Promise<CreateOutcome> {
    const created = new Promise<CreateOutcome>((resolve, reject) => {
      const customers = 1 + organization.memberIds.length;
      const inContext = captureContext();
      this.#queue.push({ organization, customers, queuedMs: performance.now(), inContext, resolve, reject });
      this.#start();
    });
    this.#pending.add(created);
    const remove = () => this.#pending.delete(created);
    created.then(remove, remove);
    return created;
  }

  /** Waits for all pending creates, within the time limit. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.#pending);
  }

  #start(): void {
    while (this.#running < this.#statements && this.#queue.length > 0) {
      this.#running++;
      const batch = this.#takeBatch();
      batch[0]?.inContext(() => {
        void this.#run(batch).finally(() => {
          this.#running--;
          this.#start();
        });
      });
    }
  }

  /** Takes the oldest create and those that fit into its batch. A statement never reads two accounts. */
  #takeBatch(): PendingCreate[] {
    const [oldest] = this.#queue;
    const account = oldest?.organization.account;
    const batch: PendingCreate[] = [];
    const rest: PendingCreate[] = [];
    let customers = 0;
    for (const each of this.#queue) {
      const fits = batch.length < BATCH_LIMIT && customers + each.customers <= CUSTOMERS_LIMIT;
      if (each === oldest || (fits && each.organization.account === account)) {
        batch.push(each);
        customers += each.customers;
      } else rest.push(each);
    }
    this.#queue.splice(0, Number.POSITIVE_INFINITY, ...rest);
    return batch;
  }

  /** Runs a batch. Never rejects. */
  async #run(batch: PendingCreate[]): Promise<void> {
    const remainingMs = Math.min(...batch.map(({ queuedMs }) => queuedMs)) + this.#timeoutMs - performance.now();
    try {
      if (remainingMs <= 0)
        throw new StoreUnavailableError('PostgreSQL did not begin this create within the time limit.', {
          kind: 'timeout',
        });
      const outcomes = await this.#createBatch(
        batch.map(({ organization }) => organization),
        remainingMs,
      );
      for (const [index, { resolve, reject }] of batch.entries()) {
        const outcome = outcomes[index];
        if (outcome) resolve(outcome);
        else reject(new Error(`There are ${outcomes.length} outcomes for ${batch.length} creates.`));
      }
    } catch (error) {
      // Not awaited, so that a create that is blocked by a lock does not delay the next batch.
      if (batch.length > 1 && mayBeErrorOfOne(error)) for (const each of batch) void this.#run([each]);
      else for (const { reject } of batch) reject(error);
    }
  }
}
