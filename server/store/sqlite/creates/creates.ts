// Creates organizations in SQLite in shared transactions, and rehearses a create for readiness.
import type { DatabaseSync } from 'node:sqlite';
import type { CreateOutcome, NewOrganization, StoreObserver } from '../../store.ts';
import type { FileChecks } from '../file/guards/file-checks.ts';
import type { Statements } from '../statements.ts';
import { createOrganization, type PublishedImport } from './create-organization.ts';
import { GroupCommit } from './group-commit.ts';
import { Readiness } from './readiness.ts';

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
  readonly #readiness: Readiness;
  /** The large import whose customers are visible but not yet moved, as of the current transaction. */
  #published: PublishedImport | undefined;

  constructor(database: DatabaseSync, options: CreatesOptions) {
    this.#options = options;
    const begin = () => this.#readPublished();
    this.commits = new GroupCommit(database, () => options.files.check(), options.observer, begin);
    this.#readiness = new Readiness(database, {
      statements: options.statements,
      commits: this.commits,
      create: (organization) => this.#create(organization),
    });
  }

  async create(organization: NewOrganization): Promise<CreateOutcome> {
    const create = () => this.#create(organization);
    try {
      return await this.commits.run(create);
    } catch (error) {
      this.noteDamage(error, create);
      throw error;
    }
  }

  /** Keeps work that failed because of damage for the next check. */
  noteDamage(error: unknown, work: () => void): void {
    this.#readiness.noteDamage(error, work);
  }

  /** Rejects while creates fail. */
  async check(): Promise<void> {
    await this.#readiness.check();
  }

  #create(organization: NewOrganization): CreateOutcome {
    const { statements, now } = this.#options;
    return createOrganization(statements, organization, now(), this.#published);
  }

  /**
   * Reads the published import once for each transaction, because that costs as much as reading the name of a customer.
   */
  #readPublished(): void {
    const row = this.#options.statements.findPublishedImport.get();
    this.#published = row && { id: Number(row.import_id), account: String(row.account_id) };
  }
}
