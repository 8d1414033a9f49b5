// The pending responses of a connection, in the order of its requests.
import type { RequestMemory } from '../../edge/memory/request-memory.ts';
import type { PendingResponse } from './pending-response.ts';

/**
 * The pending responses, each with the memory of its request. They are in an array, because a Map would allocate a new
 * table every few requests, and V8 keeps everything that an old table references, requests with their sockets, until a
 * full collection.
 */
export class PendingResponses {
  readonly #entries: { response: PendingResponse; memory: RequestMemory }[] = [];
  /** Those to requests with `Expect: 100-continue`. */
  readonly #expectingContinue = new Set<PendingResponse>();

  get size(): number {
    return this.#entries.length;
  }

  add(response: PendingResponse, memory: RequestMemory): void {
    this.#entries.push({ response, memory });
  }

  has(response: PendingResponse): boolean {
    return this.memoryOf(response) !== undefined;
  }

  memoryOf(response: PendingResponse): RequestMemory | undefined {
    return this.#entries.find((each) => each.response === response)?.memory;
  }

  delete(response: PendingResponse): void {
    this.#expectingContinue.delete(response);
    const index = this.#entries.findIndex((each) => each.response === response);
    if (index === 0) this.#entries.shift();
    else if (index > 0) this.#entries.splice(index, 1);
  }

  responses(): PendingResponse[] {
    return this.#entries.map(({ response }) => response);
  }

  memories(): RequestMemory[] {
    return this.#entries.map(({ memory }) => memory);
  }

  /** Must be called for a request with `Expect: 100-continue`. */
  expectContinue(response: PendingResponse): void {
    this.#expectingContinue.add(response);
  }

  /**
   * Returns whether an earlier request expects 100 (Continue). If it gets another status, the connection closes after
   * that response, and no later request may be handled.
   */
  hasExpectationBefore(response: PendingResponse): boolean {
    if (this.#expectingContinue.size === 0) return false;
    for (const earlier of this.responses()) {
      if (earlier === response) return false;
      if (this.#expectingContinue.has(earlier)) return true;
    }
    return false;
  }
}
