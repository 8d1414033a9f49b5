// Group commit: operations that arrive while the event loop is busy, or while another group is being committed, share
// the next transaction and its fsync.
import type { DatabaseSync } from 'node:sqlite';
import { resultCodeOf } from '../../../sqlite/result-code.ts';
import type { StoreObserver } from '../../store.ts';
import { StoreUnavailableError } from '../../store-errors.ts';
import { toStoreError } from '../errors.ts';
import { truncateWal } from '../file/checkpoint.ts';
import { transact, transactUnchecked } from '../transact.ts';

interface PendingOperation {
  queuedMs: number;
  /** Runs inside the transaction. Returns a function that resolves the caller's promise after the commit. */
  run: () => () => void;
  reject: (error: unknown) => void;
  /** Whether it stores nothing, so that it is not counted. */
  isRehearsal: boolean;
  /** Whether it adds thousands of rows, whose foreign keys SQLite would check for milliseconds. */
  isLarge: boolean;
}

/** The maximum number of operations in one transaction. More would delay requests that only read. */
const GROUP_LIMIT = 256;
/** The time in milliseconds after which no further operation begins in a transaction. */
const GROUP_MS = 10;
/** The time in milliseconds for which an operation waits for others to share its transaction. */
const WAIT_MS = 10;

/** The time for which an operation waits for a lock of another process, and the interval of attempts. */
const LOCK_TIMEOUT_MS = 2000;
const LOCK_RETRY_MS = 10;

const ROOM_INTERVAL_MS = 1000;

/** Runs operations in shared transactions. */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #checkFiles: () => void;
  readonly #observer: StoreObserver | undefined;
  readonly #onBegin: (() => void) | undefined;
  /** The time of the last commit that stored something, from `performance.now()`. */
  lastCommitMs = 0;
  /** The last time at which emptying the WAL did not help. */
  #futileMs = Number.NEGATIVE_INFINITY;
  #queue: PendingOperation[] = [];
  #isScheduled = false;
  #isClosed = false;
  #drainResolvers: (() => void)[] = [];

  /** `checkFiles` throws if a commit would be lost. `onBegin` is called at the beginning of each transaction. */
  constructor(database: DatabaseSync, checkFiles: () => void, observer?: StoreObserver, onBegin?: () => void) {
    this.#onBegin = onBegin;
    this.#observer = observer;
    this.#database = database;
    this.#checkFiles = checkFiles;
  }

  /**
   * Resolves with the result of `operation` after the commit. The operation may run more than once, and must find the
   * rows that it references: beside a large one, SQLite checks no foreign keys. Rejects with its error or with a
   * `StoreUnavailableError`.
   */
  run<T>(operation: () => T, { isLarge = false } = {}): Promise<T> {
    return this.#enqueue(operation, { isRehearsal: false, isLarge });
  }

  /** Like `run`, for an operation that stores nothing, which the observer does not count. */
  rehearse(operation: () => void): Promise<void> {
    return this.#enqueue(operation, { isRehearsal: true, isLarge: false });
  }

  #enqueue<T>(operation: () => T, kind: Pick<PendingOperation, 'isRehearsal' | 'isLarge'>): Promise<T> {
    return new Promise((resolve, reject) => {
      // Closing has removed the files.
      if (this.#isClosed) {
        reject(new StoreUnavailableError('The store is closed.'));
        return;
      }
      const run = () => {
        const result = operation();
        return () => resolve(result);
      };
      this.#queue.push({ queuedMs: performance.now(), run, reject, ...kind });
      this.#schedule();
    });
  }

  /** Commits the queued operations, and rejects all later ones. */
  async close(): Promise<void> {
    await this.drain();
    this.#isClosed = true;
  }

  /** Resolves when the queue is empty. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#queue.length === 0) resolve();
      else this.#drainResolvers.push(resolve);
    });
  }

  #schedule(delayMs?: number): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    if (delayMs === undefined) this.#flushAfterTick(1);
    else setTimeout(() => this.#flush(), delayMs);
  }

  /**
   * Waits as long as each tick of the event loop adds operations, up to a full group or `WAIT_MS`: more are then likely
   * to follow, and a commit costs as much as many ticks. There is no timer, so a lone request does not wait.
   */
  #flushAfterTick(lengthBefore: number): void {
    setImmediate(() => {
      const { length } = this.#queue;
      const [oldest] = this.#queue;
      const hasTime = oldest !== undefined && performance.now() - oldest.queuedMs < WAIT_MS;
      if (length > lengthBefore && length < GROUP_LIMIT && hasTime) this.#flushAfterTick(length);
      else this.#flush();
    });
  }

  #flush(): void {
    this.#isScheduled = false;
    const isLocked = this.#commit(this.#queue.splice(0, GROUP_LIMIT));
    if (this.#queue.length > 0) this.#schedule(isLocked ? LOCK_RETRY_MS : undefined);
    else for (const resolve of this.#drainResolvers.splice(0)) resolve();
  }

  /** Commits a group. Settles its operations, or queues them again and returns true if the file is locked. */
  #commit(group: PendingOperation[]): boolean {
    try {
      this.#transactWithRoom(group);
      return false;
    } catch (error) {
      if (resultCodeOf(error) === 'BUSY') return this.#queueAgain(group, error);
      const [first, ...others] = group;
      // One operation failed and rolled all of them back. Run alone, only that one fails.
      if (others.length > 0 && !(error instanceof StoreUnavailableError)) return this.#commitEach(group);
      first?.reject(toStoreError(error));
      for (const each of others) each.reject(error);
      return false;
    }
  }

  /**
   * Commits a group. On a full disk, it frees the space of the WAL, which may be what fills a small disk, and tries
   * again. If that did not help, it is repeated at most once a second, because it may write the whole log.
   */
  #transactWithRoom(group: PendingOperation[]): void {
    try {
      this.#transact(group);
    } catch (error) {
      if (resultCodeOf(error) !== 'FULL' || performance.now() - this.#futileMs < ROOM_INTERVAL_MS) throw error;
      this.#futileMs = performance.now();
      if (!truncateWal(this.#database)) throw error;
      this.#transact(group);
      this.#futileMs = Number.NEGATIVE_INFINITY;
    }
  }

  #commitEach(group: PendingOperation[]): boolean {
    for (const [index, each] of group.entries()) {
      // Another process has locked the file meanwhile, so the rest is queued again.
      if (this.#commit([each])) {
        this.#queue.push(...group.slice(index + 1));
        return true;
      }
    }
    return false;
  }

  #queueAgain(group: PendingOperation[], error: unknown): boolean {
    const oldestMs = performance.now() - LOCK_TIMEOUT_MS;
    for (const { queuedMs, reject } of group) if (queuedMs <= oldestMs) reject(toStoreError(error));
    this.#queue.unshift(...group.filter(({ queuedMs }) => queuedMs > oldestMs));
    return true;
  }

  /** Commits the operations that begin within `GROUP_MS`, and queues the others again. */
  #transact(group: PendingOperation[]): void {
    const startedMs = performance.now();
    this.#checkFiles();
    const run = () => {
      this.#onBegin?.();
      const resolvers: (() => void)[] = [];
      for (const each of group) {
        if (resolvers.length > 0 && performance.now() - startedMs > GROUP_MS) break;
        resolvers.push(each.run());
      }
      return resolvers;
    };
    const resolvers = group.some(({ isLarge }) => isLarge)
      ? transactUnchecked(this.#database, run)
      : transact(this.#database, 'BEGIN IMMEDIATE', run);
    for (const resolve of resolvers) resolve();
    this.#queue.unshift(...group.slice(resolvers.length));
    const size = group.slice(0, resolvers.length).filter(({ isRehearsal }) => !isRehearsal).length;
    if (size === 0) return;
    this.lastCommitMs = performance.now();
    this.#observer?.onCommit(size, this.lastCommitMs - startedMs);
  }
}
