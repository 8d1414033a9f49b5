// The pending responses of a connection, in the order of its requests.
import type { RequestMemory } from '../../edge/memory/request-memory.ts';
import type { PendingResponse } from './pending-response.ts';

/**
 * Each with what its request holds of the budget for client memory. An array and not a Map: a Map makes itself a new
 * table every few requests, and V8 keeps what the old tables point to, requests with their sockets, until a full
 * collection.
 */
export class PendingResponses {
  readonly #entries: { response: PendingResponse; memory: RequestMemory }[] = [];

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
}
