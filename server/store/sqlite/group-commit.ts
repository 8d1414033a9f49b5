// Group commit: what arrives while the event loop is busy, or while one flush runs, shares the next transaction and its one fsync.
import type { DatabaseSync } from 'node:sqlite';
import { StoreUnavailable } from '../store.ts';
import { codeOf, toStoreError } from './errors.ts';

interface Waiting {
  sinceMs: number;
  /** Does the work, and gives what settles it once that is on the disk. */
  work: () => () => void;
  fail: (error: unknown) => void;
}

/** Pieces of work in one transaction; more would hold up what only reads. */
const GROUP_LIMIT = 256;
/** How long work waits for a lock that another process holds, and how often it asks. */
const LOCK_WAIT_MS = 2000;
const LOCK_RETRY_MS = 10;

/** Runs pieces of work inside a transaction, and settles them once that transaction is on the disk. */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #assertInPlace: () => void;
  #queue: Waiting[] = [];
  #scheduled = false;
  #drained: (() => void)[] = [];

  /** `assertInPlace` throws when a commit would be lost. */
  constructor(database: DatabaseSync, assertInPlace: () => void) {
    this.#database = database;
    this.#assertInPlace = assertInPlace;
  }

  /** Settles with what the work gives, after the commit. The work may run more than once. Rejects when it throws, or with `StoreUnavailable`. */
  run<T>(work: () => T): Promise<T> {
    return new Promise((settle, fail) => {
      const prepared = () => {
        const outcome = work();
        return () => settle(outcome);
      };
      this.#queue.push({ sinceMs: performance.now(), work: prepared, fail });
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

  #schedule(delayMs?: number): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (delayMs === undefined) this.#flushAfterTurn(1);
    else setTimeout(() => this.#flush(), delayMs);
  }

  /**
   * `setImmediate` runs after the input that has arrived was read: no timer, so a lone request never waits. A turn of the event loop that brought more work
   * is a sign that more is on its way, and a commit costs as much as many turns; so as long as they bring more, the group grows, up to its limit.
   */
  #flushAfterTurn(known: number): void {
    setImmediate(() => {
      const now = this.#queue.length;
      if (now > known && now < GROUP_LIMIT) this.#flushAfterTurn(now);
      else this.#flush();
    });
  }

  #flush(): void {
    this.#scheduled = false;
    const retry = this.#settle(this.#queue.splice(0, GROUP_LIMIT));
    if (this.#queue.length > 0) this.#schedule(retry ? LOCK_RETRY_MS : undefined);
    else for (const settle of this.#drained.splice(0)) settle();
  }

  /** Gives whether some of it waits for a lock, so that it is worth asking again soon. */
  #settle(group: Waiting[]): boolean {
    try {
      this.#transact(group);
      return false;
    } catch (error) {
      if (codeOf(error) === 'BUSY') return this.#waitForLock(group, error);
      const [only, ...others] = group;
      // One of them failed and took the whole transaction with it. Alone, only that one fails.
      if (others.length > 0 && !(error instanceof StoreUnavailable)) return this.#settleEach(group);
      only?.fail(toStoreError(error));
      for (const each of others) each.fail(error);
      return false;
    }
  }

  #settleEach(group: Waiting[]): boolean {
    for (const [index, each] of group.entries()) {
      // Another process has taken the lock in between: the rest waits like all others.
      if (this.#settle([each])) {
        this.#queue.push(...group.slice(index + 1));
        return true;
      }
    }
    return false;
  }

  #waitForLock(group: Waiting[], error: unknown): boolean {
    const oldestMs = performance.now() - LOCK_WAIT_MS;
    for (const { sinceMs, fail } of group) if (sinceMs <= oldestMs) fail(toStoreError(error));
    this.#queue.unshift(...group.filter(({ sinceMs }) => sinceMs > oldestMs));
    return true;
  }

  #transact(group: Waiting[]): void {
    this.#assertInPlace();
    this.#database.exec('BEGIN IMMEDIATE');
    let settles: (() => void)[];
    try {
      settles = group.map(({ work }) => work());
      this.#database.exec('COMMIT');
    } finally {
      // Some errors, such as a full disk, have ended the transaction already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    }
    for (const settle of settles) settle();
  }
}
