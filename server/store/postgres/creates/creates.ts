// Creates in PostgreSQL: in batches or alone, and rehearsed for readiness.
import { v7 as uuidv7 } from 'uuid';
import type { CreateOutcome, NewOrganization, StoreObserver } from '../../store.ts';
import { StoreUnavailableError } from '../../store-errors.ts';
import { type ClockSkew, skewOf } from '../connection/clock-skew.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import { SCHEMA_ADVICE } from '../connection/errors.ts';
import type { Query } from '../connection/query.ts';
import type { Session } from '../session.ts';
import { COUNT_ROWS, FIND_ANY_CUSTOMER, REHEARSE_COUNTED_CREATE, REHEARSE_CREATE } from '../statements.ts';
import { CreateBatcher } from './create-batcher.ts';
import { AccountInDeletionError, createBatch, createOrganization } from './create-organization.ts';

/**
 * Connections for creates without an idempotency key. Fewer and larger batches cost less than a connection for each.
 */
const CONCURRENT_BATCHES = 4;

/** How often readiness creates a sample, and rolls it back, while creates succeed. Each leaves rows for autovacuum. */
const SAMPLE_INTERVAL_MS = 10_000;

interface CreatesOptions {
  session: Session;
  /** The clock: milliseconds since 1970-01-01 UTC. */
  now: () => number;
  observer: StoreObserver | undefined;
  /** Gets what each check finds. */
  skew: ClockSkew;
  poolSize: number;
  timeoutMs: number;
  /** Whether readiness needs the counts of requests. */
  countsRequests: boolean;
}

export class Creates {
  readonly #pool: ConnectionPool;
  readonly #session: Session;
  readonly #now: () => number;
  readonly #observer: StoreObserver | undefined;
  readonly #skew: ClockSkew;
  readonly #rehearsal: string;
  readonly #batcher: CreateBatcher;
  /** The last create that failed because of damage or a missing privilege, until `check` succeeds with it. */
  #failed: NewOrganization | undefined;
  /** When a sample was created last. Undefined: it, or a create, failed since. */
  #sampledMs: number | undefined;

  constructor(pool: ConnectionPool, options: CreatesOptions) {
    const { session, now, observer, skew, poolSize, timeoutMs, countsRequests } = options;
    this.#pool = pool;
    this.#session = session;
    this.#now = now;
    this.#observer = observer;
    this.#skew = skew;
    this.#rehearsal = countsRequests ? REHEARSE_COUNTED_CREATE : REHEARSE_CREATE;
    const batcher = { statements: Math.min(CONCURRENT_BATCHES, poolSize), timeoutMs };
    this.#batcher = new CreateBatcher((batch, limitMs) => this.#createBatch(batch, limitMs), batcher);
  }

  /** With an idempotency key a retry is a replay, so it is safe even if the first attempt was stored. */
  async create(organization: NewOrganization): Promise<CreateOutcome> {
    try {
      if (!organization.idempotency) return await this.#session.commits.run(() => this.#batcher.create(organization));
      const create = () =>
        this.#pool.run((query) => createOrganization(query, organization, this.#now()), { repeatable: true });
      return await this.#observe(1, () => this.#session.commits.run(create));
    } catch (error) {
      const kind = error instanceof StoreUnavailableError ? error.kind : undefined;
      if (kind === 'damaged' || kind === 'denied') this.#failed = organization;
      // Without the row that a foreign key refers to, a create conflicts.
      if (kind === 'schema' || kind === 'conflict') this.#sampledMs = undefined;
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

  /** Reports how long creates took, waiting for a connection included. */
  async #observe<T>(size: number, create: () => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    const created = await create();
    this.#observer?.onCommit(size, performance.now() - startedMs);
    return created;
  }

  /** Rejects while creates fail. */
  async check(): Promise<void> {
    const rehearse = () => this.#session.read<{ read_only: string; database_ms: string }>({ text: this.#rehearsal });
    const sentMs = this.#now();
    const [row] = await this.#session.commits.run(rehearse);
    if (row) this.#skew.note(skewOf(Number(row.database_ms), { sentMs, receivedMs: this.#now() }));
    if (row?.read_only !== 'off')
      throw new StoreUnavailableError('PostgreSQL is read-only at the moment.', { kind: 'readOnly' });
    const failed = this.#failed;
    if (failed) await this.#pool.rehearse((query) => createOrganization(query, failed, this.#now()));
    this.#failed = undefined;
    await this.#createSample();
  }

  /** Creates an organization of any customer, if there is one, and rolls it back: a trigger may refuse all creates. */
  async #createSample(): Promise<void> {
    const nowMs = performance.now();
    if (this.#sampledMs !== undefined && nowMs - this.#sampledMs < SAMPLE_INTERVAL_MS) return;
    this.#sampledMs = undefined;
    const [row] = await this.#session.read<{ account_id: string; customer_id: string }>({ text: FIND_ANY_CUSTOMER });
    if (row) {
      const { account_id: account, customer_id: ownerId } = row;
      const idempotency = { key: 'readiness', fingerprint: new Uint8Array(32) };
      const organization = { account, id: uuidv7(), ownerId, memberIds: [ownerId], idempotency };
      await this.#pool.rehearse(async (query) => {
        try {
          await createOrganization(query, organization, this.#now());
        } catch (error) {
          // Creates for other accounts succeed.
          if (error instanceof AccountInDeletionError) return;
          // A key that is not stored looks like one that has expired meanwhile: the rows tell.
          if (!(error instanceof StoreUnavailableError)) throw error;
        }
        await requireRows(query, organization);
      });
    }
    this.#sampledMs = nowMs;
  }

  /** Resolves when no create is under way. */
  async drain(): Promise<void> {
    await this.#batcher.drain();
  }
}

/** A trigger or a rule may drop rows without an error. @throws StoreUnavailableError unless each table has one row */
async function requireRows(query: Query, { account, id }: NewOrganization): Promise<void> {
  const [counts = {}] = await query<Record<string, number>>({ text: COUNT_ROWS, values: [account, id] });
  const empty = Object.entries(counts).flatMap(([table, count]) => (count === 1 ? [] : [table]));
  if (empty.length === 0) return;
  const tables = empty.join(' and ');
  throw new StoreUnavailableError(`PostgreSQL does not store rows in ${tables}.${SCHEMA_ADVICE}`, { kind: 'schema' });
}
