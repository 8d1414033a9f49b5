// Creates organizations in PostgreSQL, in batches or alone, and rehearses a create for readiness.
import type { CreateOutcome, NewOrganization, StoreObserver } from '../../store.ts';
import { StoreUnavailableError } from '../../store-errors.ts';
import { type ClockSkew, skewOf } from '../connection/clock-skew.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import type { Session } from '../session.ts';
import { REHEARSE_COUNTED_CREATE, REHEARSE_CREATE } from '../statements.ts';
import { CreateBatcher } from './create-batcher.ts';
import { createBatch, createOrganization } from './create-organization.ts';
import { createSample, createUnlessInDeletion } from './sample.ts';

/**
 * The number of connections for creates without an idempotency key. Fewer, larger batches cost less than a connection
 * for each create.
 */
const CONCURRENT_BATCHES = 4;

interface CreatesOptions {
  session: Session;
  /** The clock: milliseconds since 1970-01-01 UTC. */
  now: () => number;
  observer: StoreObserver | undefined;
  /** Gets the clock skew that each check measures. */
  skew: ClockSkew;
  poolSize: number;
  timeoutMs: number;
  /** Whether readiness includes counting requests. */
  countsRequests: boolean;
}

export class Creates {
  readonly #pool: ConnectionPool;
  readonly #session: Session;
  readonly #now: () => number;
  readonly #observer: StoreObserver | undefined;
  readonly #skew: ClockSkew;
  readonly #countsRequests: boolean;
  readonly #batcher: CreateBatcher;
  /** The last create that failed because of damage or a missing privilege, until it succeeds in `check`. */
  #failed: NewOrganization | undefined;

  constructor(pool: ConnectionPool, options: CreatesOptions) {
    const { session, now, observer, skew, poolSize, timeoutMs, countsRequests } = options;
    this.#pool = pool;
    this.#session = session;
    this.#now = now;
    this.#observer = observer;
    this.#skew = skew;
    this.#countsRequests = countsRequests;
    const batcher = { statements: Math.min(CONCURRENT_BATCHES, poolSize), timeoutMs };
    this.#batcher = new CreateBatcher((batch, limitMs) => this.#createBatch(batch, limitMs), batcher);
  }

  /** Creates an organization. A retry with an idempotency key is safe even if the first attempt was stored. */
  async create(organization: NewOrganization): Promise<CreateOutcome> {
    try {
      if (!organization.idempotency) return await this.#session.commits.run(() => this.#batcher.create(organization));
      const create = () =>
        this.#pool.run((query) => createOrganization(query, organization, this.#now()), { repeatable: true });
      return await this.#observe(1, () => this.#session.commits.run(create));
    } catch (error) {
      const kind = error instanceof StoreUnavailableError ? error.kind : undefined;
      if (kind === 'damaged' || kind === 'denied') this.#failed = organization;
      throw error;
    }
  }

  async #createBatch(batch: NewOrganization[], limitMs: number): Promise<CreateOutcome[]> {
    const [only, ...others] = batch;
    return this.#observe(batch.length, () =>
      this.#pool.run(
        async (query) =>
          only && others.length === 0
            ? [await createOrganization(query, only, this.#now())]
            : createBatch(query, batch, this.#now()),
        { repeatable: false, limitMs },
      ),
    );
  }

  /** Reports the duration of creates, including the wait for a connection. */
  async #observe<T>(size: number, create: () => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    const created = await create();
    this.#observer?.onCommit(size, performance.now() - startedMs);
    return created;
  }

  /** Rejects while creates fail. */
  async check(): Promise<void> {
    const countsRequests = this.#countsRequests;
    const text = countsRequests ? REHEARSE_COUNTED_CREATE : REHEARSE_CREATE;
    const sentMs = this.#now();
    const [row] = await this.#session.commits.run(() =>
      this.#session.read<{ read_only: string; database_ms: string }>({ text }),
    );
    if (row) this.#skew.record(skewOf(Number(row.database_ms), { sentMs, receivedMs: this.#now() }));
    if (row?.read_only !== 'off')
      throw new StoreUnavailableError('PostgreSQL is read-only at the moment.', { kind: 'readOnly' });
    const failed = this.#failed;
    if (failed) await this.#pool.rehearse((query) => createUnlessInDeletion(query, failed, this.#now()));
    // Another create may have failed meanwhile.
    if (this.#failed === failed) this.#failed = undefined;
    await this.#pool.rehearse((query) => createSample(query, { nowMs: this.#now(), countsRequests }));
  }

  /** Resolves when no create is under way. */
  async drain(): Promise<void> {
    await this.#batcher.drain();
  }
}
