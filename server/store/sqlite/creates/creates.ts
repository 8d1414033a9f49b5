// Creates organizations in SQLite in shared transactions, and rehearses a create for readiness.
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTick } from 'node:timers/promises';
import type { CreateOutcome, NewOrganization, StoreObserver } from '../../store.ts';
import type { FileChecks } from '../file/guards/file-checks.ts';
import type { Statements } from '../statements.ts';
import { createOrganization, type PublishedImport } from './create-organization.ts';
import { GroupCommit } from './group-commit.ts';
import { NamesAhead, type NamesRead } from './names-ahead.ts';
import { Readiness } from './readiness.ts';

/**
 * The number of members from which on their names are read before the transaction, and their foreign keys are not
 * checked in it.
 */
const LARGE_MEMBERS = 1024;

interface CreatesOptions {
  statements: Statements;
  files: FileChecks;
  /** The clock: milliseconds since 1970-01-01 UTC. */
  now: () => number;
  observer: StoreObserver | undefined;
}

export class Creates {
  readonly commits: GroupCommit;
  readonly #options: CreatesOptions;
  readonly #namesAhead: NamesAhead;
  /** The large creates that have begun and not ended. */
  readonly #large = new Set<Promise<CreateOutcome>>();
  readonly #readiness: Readiness;
  /** The large import whose customers are visible but not yet moved, as of the current transaction. */
  #published: PublishedImport | undefined;

  constructor(database: DatabaseSync, options: CreatesOptions) {
    this.#options = options;
    this.#namesAhead = new NamesAhead(database, options.statements);
    const begin = () => this.#readPublished();
    this.commits = new GroupCommit(database, () => options.files.check(), options.observer, begin);
    this.#readiness = new Readiness(database, {
      statements: options.statements,
      commits: this.commits,
      create: (organization) => this.#create(organization),
    });
  }

  async create(organization: NewOrganization, pause: () => Promise<void> = nextTick): Promise<CreateOutcome> {
    if (organization.memberIds.length < LARGE_MEMBERS) return this.#commit(organization);
    const created = this.#createLarge(organization, pause);
    this.#large.add(created);
    return created.finally(() => this.#large.delete(created));
  }

  async #createLarge(organization: NewOrganization, pause: () => Promise<void>): Promise<CreateOutcome> {
    const { account, ownerId, memberIds } = organization;
    using namesRead = await this.#namesAhead.read(account, [ownerId, ...memberIds], pause);
    return await this.#commit(organization, namesRead);
  }

  async #commit(organization: NewOrganization, namesRead?: NamesRead): Promise<CreateOutcome> {
    const create = () => this.#create(organization, namesRead);
    try {
      return await this.commits.run(create, { isLarge: organization.memberIds.length >= LARGE_MEMBERS });
    } catch (error) {
      this.noteDamage(error, create);
      throw error;
    }
  }

  /** Completes the creates so far, and rejects all later ones. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#large);
    await this.commits.close();
  }

  /** Keeps work that failed because of damage for the next check. */
  noteDamage(error: unknown, work: () => void): void {
    this.#readiness.noteDamage(error, work);
  }

  /** Rejects while creates fail. */
  async check(): Promise<void> {
    await this.#readiness.check();
  }

  #create(organization: NewOrganization, namesRead?: NamesRead): CreateOutcome {
    const { statements, now } = this.#options;
    const context = { published: this.#published, namesRead };
    return this.#namesAhead.run(() => createOrganization(statements, organization, now(), context));
  }

  /**
   * Reads the published import once for each transaction, because that costs as much as reading the name of a customer.
   */
  #readPublished(): void {
    const row = this.#options.statements.findPublishedImport.get();
    this.#published = row && { id: Number(row.import_id), account: String(row.account_id) };
  }
}
