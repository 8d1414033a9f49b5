// Group commit on PostgreSQL: creates that wait while statements run share the next one, with one round trip and one flush of the log.
import { type CreateOutcome, type NewOrganization, StoreUnavailable } from '../store.ts';
import { LOCK_NOT_AVAILABLE, sqlStateOf } from './errors.ts';

/** Stores organizations of one account in one statement: all of them, but for those whose customers are unknown. The time limit is in milliseconds. */
export type CreateTogether = (group: NewOrganization[], limitMs: number) => Promise<CreateOutcome[]>;

export interface GroupOptions {
  /** Statements that run at once. */
  statements: number;
  /** For how long a create may take, with its wait for a statement. */
  timeoutMs: number;
}

/** Creates in one statement, and customers in all of them: a large one goes alone, so that it does not hold up many small ones. */
const GROUP_LIMIT = 64;
const CUSTOMERS_LIMIT = 1000;

interface Waiting {
  organization: NewOrganization;
  customers: number;
  sinceMs: number;
  settle: (outcome: CreateOutcome) => void;
  fail: (error: unknown) => void;
}

/** No timer: a create that comes while a statement is free never waits. */
export class CreateGroups {
  readonly #createTogether: CreateTogether;
  readonly #statements: number;
  readonly #timeoutMs: number;
  readonly #queue: Waiting[] = [];
  readonly #pending = new Set<Promise<CreateOutcome>>();
  #running = 0;

  constructor(createTogether: CreateTogether, { statements, timeoutMs }: GroupOptions) {
    this.#createTogether = createTogether;
    this.#statements = statements;
    this.#timeoutMs = timeoutMs;
  }

  /** Rejects as `createTogether` does. */
  create(organization: NewOrganization): Promise<CreateOutcome> {
    const created = new Promise<CreateOutcome>((settle, fail) => {
      const customers = 1 + organization.memberIds.length;
      this.#queue.push({ organization, customers, sinceMs: performance.now(), settle, fail });
      this.#start();
    });
    this.#pending.add(created);
    const forget = () => this.#pending.delete(created);
    created.then(forget, forget);
    return created;
  }

  /** Resolves when all that was begun has ended, which is within the time limit. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.#pending);
  }

  #start(): void {
    while (this.#running < this.#statements && this.#queue.length > 0) {
      this.#running++;
      void this.#run(this.#take()).finally(() => {
        this.#running--;
        this.#start();
      });
    }
  }

  /** The oldest, and what may go with it: no statement looks at two accounts. */
  #take(): Waiting[] {
    const [oldest] = this.#queue;
    const account = oldest?.organization.account;
    const group: Waiting[] = [];
    const rest: Waiting[] = [];
    let customers = 0;
    for (const each of this.#queue) {
      const fits = group.length < GROUP_LIMIT && customers + each.customers <= CUSTOMERS_LIMIT;
      if (each === oldest || (fits && each.organization.account === account)) {
        group.push(each);
        customers += each.customers;
      } else rest.push(each);
    }
    this.#queue.splice(0, Number.POSITIVE_INFINITY, ...rest);
    return group;
  }

  /** Never rejects. */
  async #run(group: Waiting[]): Promise<void> {
    const leftMs = Math.min(...group.map(({ sinceMs }) => sinceMs)) + this.#timeoutMs - performance.now();
    try {
      if (leftMs <= 0) throw new StoreUnavailable('PostgreSQL was too busy for too long.');
      const outcomes = await this.#createTogether(
        group.map(({ organization }) => organization),
        leftMs,
      );
      for (const [index, { settle, fail }] of group.entries()) {
        const outcome = outcomes[index];
        if (outcome) settle(outcome);
        else fail(new Error(`There are ${outcomes.length} outcomes for ${group.length} creates.`));
      }
    } catch (error) {
      // Not awaited: whoever is kept from a lock now waits on a connection alone, and the next group goes on.
      if (group.length > 1 && isFaultOfOne(error)) for (const each of group) void this.#run([each]);
      else for (const { fail } of group) fail(error);
    }
  }
}

/** One of them failed, or is kept from a lock, and took the whole statement with it, so that nothing of it was stored. */
function isFaultOfOne(error: unknown): boolean {
  return !(error instanceof StoreUnavailable) || sqlStateOf(error.cause) === LOCK_NOT_AVAILABLE;
}
