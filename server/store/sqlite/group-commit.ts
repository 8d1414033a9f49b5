// Group commit: what arrives while the event loop is busy, or while one flush runs, shares the next transaction and its one fsync.
import type { DatabaseSync } from 'node:sqlite';
import { codeOf, toStoreError } from './errors.ts';

interface Waiting<Input, Outcome> {
  input: Input;
  sinceMs: number;
  settle: (outcome: Outcome) => void;
  fail: (error: unknown) => void;
}

/** Creates in one transaction; more would hold up what only reads. */
const GROUP_LIMIT = 256;
/** How long a create waits for a lock that another process holds, and how often it asks. */
const LOCK_WAIT_MS = 2000;
const LOCK_RETRY_MS = 10;

/** Runs one piece of work for each input inside a transaction, and settles it once that transaction is on the disk. */
export class GroupCommit<Input, Outcome> {
  readonly #database: DatabaseSync;
  readonly #work: (input: Input) => Outcome;
  #queue: Waiting<Input, Outcome>[] = [];
  #scheduled = false;
  #drained: (() => void)[] = [];

  constructor(database: DatabaseSync, work: (input: Input) => Outcome) {
    this.#database = database;
    this.#work = work;
  }

  /** Settles with the outcome after the commit. Rejects when this input's own work throws, or with `StoreUnavailable`. */
  run(input: Input): Promise<Outcome> {
    return new Promise((settle, fail) => {
      this.#queue.push({ input, sinceMs: performance.now(), settle, fail });
      this.#schedule();
    });
  }

  /** Resolves when nothing waits any more. */
  drain(): Promise<void> {
    return new Promise((settle) => {
      if (this.#queue.length === 0) settle();
      else this.#drained.push(settle);
    });
  }

  /** `setImmediate` runs after all input that has arrived was read: no timer, so a lone request never waits. */
  #schedule(delayMs?: number): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (delayMs === undefined) setImmediate(() => this.#flush());
    else setTimeout(() => this.#flush(), delayMs);
  }

  #flush(): void {
    this.#scheduled = false;
    const group = this.#queue.splice(0, GROUP_LIMIT);
    let retry = false;
    try {
      const outcomes = this.#transact(group.map(({ input }) => input));
      for (const [index, { settle }] of group.entries()) settle(outcomes[index] as Outcome); // One outcome for each input.
    } catch (error) {
      retry = this.#recover(group, error);
    }
    if (this.#queue.length > 0) this.#schedule(retry ? LOCK_RETRY_MS : undefined);
    else for (const settle of this.#drained.splice(0)) settle();
  }

  /** Gives whether the lock was held by another process, so that it is worth asking again soon. */
  #recover(group: Waiting<Input, Outcome>[], error: unknown): boolean {
    if (codeOf(error) === 'BUSY') {
      const patient = group.filter(({ sinceMs }) => performance.now() - sinceMs < LOCK_WAIT_MS);
      for (const each of group) if (!patient.includes(each)) each.fail(toStoreError(error));
      this.#queue.unshift(...patient);
      return true;
    }
    const [only, ...others] = group;
    if (only && others.length === 0) {
      only.fail(toStoreError(error));
      return false;
    }
    // One of them failed and took the whole transaction with it. Alone, only that one fails.
    for (const each of group) {
      try {
        const [outcome] = this.#transact([each.input]);
        each.settle(outcome as Outcome); // One outcome for one input.
      } catch (cause) {
        each.fail(toStoreError(cause));
      }
    }
    return false;
  }

  #transact(inputs: Input[]): Outcome[] {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const outcomes = inputs.map((input) => this.#work(input));
      this.#database.exec('COMMIT');
      return outcomes;
    } finally {
      // Some errors, such as a full disk, have ended the transaction already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    }
  }
}
