// What one request holds of the budget for client memory, from its first byte to the end of its response.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from '../errors.ts';
import { type MemoryBudget, processMemory } from './memory-budget.ts';

/** In the seconds of `Retry-After`: what holds memory is done, or closed, within a few seconds. */
const RETRY_AFTER_SECONDS = 2;

/** Buffers that nobody needs any more take memory until V8 collects them. */
const GARBAGE_FACTOR = 1.3;

/** Bytes to count for a buffer that lives as long as its request. */
export const withGarbage = (bytes: number): number => Math.ceil(bytes * GARBAGE_FACTOR);

const MEMORY = Symbol('request memory');

/** Buffers a part of the body that is not read yet. */
export interface Parking {
  /** Discards it. */
  drop(): void;
}

/** The memory of this request, which begins here unless it has begun. It ends with the response. */
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

/** Begins the memory of a request. The caller must close it. */
export function holdMemory(
  request: IncomingMessage & { [MEMORY]?: RequestMemory },
  budget: MemoryBudget,
): RequestMemory {
  const memory = new RequestMemory(budget);
  request[MEMORY] = memory;
  return memory;
}

/** Bytes that one request holds. All of them are released when it is closed, whatever happened before. */
export class RequestMemory {
  readonly #budget: MemoryBudget;
  #bytes = 0;
  /** The bytes of the part of the body that is not read yet; `#bytes` includes them. */
  #parked = 0;
  #parking: Parking | undefined;
  #isClosed = false;
  #rejection: ApiError | undefined;
  #onRejected: ((error: ApiError) => void) | undefined;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  /** Bytes that are held now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Why the rest of the body is discarded. */
  get rejection(): ApiError | undefined {
    return this.#rejection;
  }

  /** Whether a reader waits for the body, and responds to its rejection. */
  get isAwaited(): boolean {
    return this.#onRejected !== undefined;
  }

  /** Counts bytes that are held already. */
  add(bytes: number): void {
    if (this.#isClosed) return;
    this.#bytes += bytes;
    this.#budget.add(bytes);
  }

  /** Counts at least this number of bytes for the whole request: what was held before is garbage by now. */
  atLeast(bytes: number): void {
    if (bytes > this.#bytes) this.add(bytes - this.#bytes);
  }

  /** Counts bytes if there is room for them. Otherwise the body is rejected with `Unavailable`. */
  tryAdd(bytes: number): boolean {
    if (this.#isClosed || this.#rejection) return false;
    if (!this.#budget.tryAdd(bytes)) {
      this.reject(unavailable());
      return false;
    }
    // To make room, this request itself may have been chosen: rejected, or closed with its connection.
    if (this.#isClosed || this.#rejection) {
      this.#budget.release(bytes);
      return false;
    }
    this.#bytes += bytes;
    return true;
  }

  /** Counts a part of the body that is not read yet. */
  tryPark(bytes: number, parking: Parking): boolean {
    this.#parking = parking;
    if (!this.tryAdd(bytes)) return false;
    this.#parked += bytes;
    return true;
  }

  /** Stops counting what is parked: its reader counts it from now on. */
  unpark(): void {
    this.release(this.#parked);
    this.#parked = 0;
  }

  release(bytes: number): void {
    if (this.#isClosed) return;
    this.#bytes -= bytes;
    this.#budget.release(bytes);
  }

  /** Discards the body, and passes the reason to its reader. */
  reject(error: ApiError): void {
    if (this.#isClosed || this.#rejection) return;
    this.#rejection = error;
    this.unpark();
    this.#parking?.drop();
    this.#onRejected?.(error);
  }

  /** Makes room for others. */
  reclaim(): void {
    this.reject(unavailable());
  }

  /** Registers the reader of the body; its listener is called at once when the body is rejected already. */
  onRejected(listener: (error: ApiError) => void): void {
    if (this.#rejection) listener(this.#rejection);
    else this.#onRejected = listener;
  }

  /** The body is read. */
  offRejected(): void {
    this.#onRejected = undefined;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#parking?.drop();
    this.release(this.#bytes);
    this.#isClosed = true;
  }
}

const NO_ROOM = 'The server is out of memory for requests. Retry after the seconds in Retry-After.';

/** There is no room, or no time, for what a client sends. */
export function unavailable(message = NO_ROOM): ApiError {
  return new ApiError('Unavailable', { message, headers: { 'Retry-After': RETRY_AFTER_SECONDS } });
}
