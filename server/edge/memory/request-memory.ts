// The share of one request in the budget for client memory, from its first byte to the end of its response.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, unavailable } from '../errors.ts';
import { type MemoryBudget, processMemory } from './memory-budget.ts';

/** The memory of a buffer relative to its size, which includes garbage that V8 has not collected yet. */
const GARBAGE_FACTOR = 1.3;

/** Returns the number of bytes to count for a buffer that lives as long as its request. */
export const withGarbage = (bytes: number): number => Math.ceil(bytes * GARBAGE_FACTOR);

const NO_ROOM = 'The server is out of memory for requests. Retry after the number of seconds in Retry-After.';

const MEMORY = Symbol('request memory');

/** A buffer for the unread part of a body. */
export interface UnreadBody {
  /** Discards the buffered part. */
  drop(): void;
}

/** Returns the memory of a request, and begins to count it if necessary. It ends with the response. */
export function memoryOf(
  request: IncomingMessage & { [MEMORY]?: RequestMemory },
  response: ServerResponse,
  budget: MemoryBudget = processMemory,
): RequestMemory {
  const known = request[MEMORY];
  if (known) return known;
  const memory = holdMemory(request, budget);
  response.once('close', () => memory.close());
  return memory;
}

/** Begins to count the memory of a request. The caller must close it. */
export function holdMemory(
  request: IncomingMessage & { [MEMORY]?: RequestMemory },
  budget: MemoryBudget,
): RequestMemory {
  const memory = new RequestMemory(budget);
  request[MEMORY] = memory;
  return memory;
}

/** The bytes that one request holds. Closing it releases all of them, whatever happened before. */
export class RequestMemory {
  readonly #budget: MemoryBudget;
  #bytes = 0;
  /** The bytes of the unread part of the body; `#bytes` includes them. */
  #unreadBytes = 0;
  #unreadBody: UnreadBody | undefined;
  #isClosed = false;
  #rejection: ApiError | undefined;
  #onRejected: ((error: ApiError) => void) | undefined;
  #onWaitEnded: ((error: ApiError) => void) | undefined;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  /** Bytes that are held now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The reason why the rest of the body is discarded. */
  get rejection(): ApiError | undefined {
    return this.#rejection;
  }

  /** Whether a reader is waiting for the body and handles its rejection. */
  get isAwaited(): boolean {
    return this.#onRejected !== undefined;
  }

  /** Whether the request waits for its turn, and may be rejected. */
  get isWaiting(): boolean {
    return this.#onWaitEnded !== undefined;
  }

  /** Counts bytes that are already held. */
  add(bytes: number): void {
    if (this.#isClosed) return;
    this.#bytes += bytes;
    this.#budget.add(bytes);
  }

  /** Raises the count for the whole request to at least this number of bytes. Earlier memory is garbage by now. */
  atLeast(bytes: number): void {
    if (bytes > this.#bytes) this.add(bytes - this.#bytes);
  }

  /** Counts bytes if there is room for them. Otherwise the body is rejected with `Unavailable`. */
  tryAdd(bytes: number): boolean {
    if (this.#isClosed || this.#rejection) return false;
    if (!this.#budget.tryAdd(bytes)) {
      this.reject(unavailable({ message: NO_ROOM }));
      return false;
    }
    // Reclaiming memory may have rejected this request itself, or closed its connection.
    if (this.#isClosed || this.#rejection) {
      this.#budget.release(bytes);
      return false;
    }
    this.#bytes += bytes;
    return true;
  }

  /** Counts an unread part of the body. */
  tryAddUnread(bytes: number, unreadBody: UnreadBody): boolean {
    this.#unreadBody = unreadBody;
    if (!this.tryAdd(bytes)) return false;
    this.#unreadBytes += bytes;
    return true;
  }

  /** Stops counting the unread part, which its reader counts from now on. */
  releaseUnread(): void {
    this.release(this.#unreadBytes);
    this.#unreadBytes = 0;
  }

  release(bytes: number): void {
    if (this.#isClosed) return;
    this.#bytes -= bytes;
    this.#budget.release(bytes);
  }

  /** Discards the body, and reports the error to its reader. */
  reject(error: ApiError): void {
    if (this.#isClosed || this.#rejection) return;
    this.#rejection = error;
    this.releaseUnread();
    this.#unreadBody?.drop();
    this.#onRejected?.(error);
  }

  /** Rejects the body to make room for others. */
  reclaim(): void {
    this.reject(unavailable({ message: NO_ROOM }));
  }

  /** Registers the reader of the body. The listener is called at once if the body has already been rejected. */
  onRejected(listener: (error: ApiError) => void): void {
    if (this.#rejection) listener(this.#rejection);
    else this.#onRejected = listener;
  }

  /** Removes the listener when the body has been read. */
  offRejected(): void {
    this.#onRejected = undefined;
  }

  /**
   * Must be called when the request begins to wait for its turn, and be followed by `endWaiting` when that comes. The
   * listener is called with `Unavailable` if the request is rejected meanwhile, and with `MalformedJson` when its
   * response closes, also if it has closed before.
   */
  beginWaiting(onEnded: (error: ApiError) => void): void {
    if (this.#isClosed) onEnded(closedWhileWaiting());
    else this.#onWaitEnded = onEnded;
  }

  endWaiting(): void {
    this.#onWaitEnded = undefined;
  }

  #endWaitWith(createError: () => ApiError): void {
    const onEnded = this.#onWaitEnded;
    this.endWaiting();
    onEnded?.(createError());
  }

  /** Rejects a request that waits for its turn to make room for others. It no longer counts. */
  rejectWaiting(): void {
    this.#release();
    this.#endWaitWith(() => unavailable({ message: NO_ROOM }));
  }

  /** Must be called when the response closes. */
  close(): void {
    this.#release();
    this.#endWaitWith(closedWhileWaiting);
  }

  #release(): void {
    if (this.#isClosed) return;
    this.#unreadBody?.drop();
    this.release(this.#bytes);
    this.#isClosed = true;
  }
}

function closedWhileWaiting(): ApiError {
  return new ApiError('MalformedJson', { message: 'The connection was closed before the request was handled.' });
}
