// The requests that have arrived at the mock, and the callers that wait for one.
import { ByteBlocks } from './byte-blocks.ts';
import { JournalEntry, type RawHeaders, type RawResponse, type RecordedRequest } from './journal-entry.ts';
import { type RequestPredicate, rejectAsync } from './request-predicate.ts';

interface Waiter {
  predicate: RequestPredicate;
  settle(request: RecordedRequest): void;
  fail(reason: Error): void;
}

/** The number of requests that are kept; the oldest are dropped first. */
const MAX_REQUESTS = 1000;
/** The limit for the characters of all bodies. As parsed objects, they take up to ten times as many bytes. */
const MAX_WEIGHT = 4_000_000;

/** The requests that have arrived, oldest first. */
export class Journal {
  /** Called with each body that is no longer kept and that was not copied, which may then be overwritten. */
  onBodyDropped: ((body: Uint8Array) => void) | undefined;
  #entries: JournalEntry[] = [];
  readonly #blocks = new ByteBlocks();
  #weight = 0;
  /** The number of requests that were dropped to keep the limits of count and weight. */
  #dropped = 0;
  #waiters = new Set<Waiter>();

  /** The last 1,000 requests that are complete or delayed; fewer when their bodies are large. */
  get requests(): readonly RecordedRequest[] {
    return this.#listed().flatMap(({ recorded }) => recorded ?? []);
  }

  /** The same requests, each as JSON in UTF-8. Those that are not serialized yet take up to 200 ms each. */
  get serialized(): readonly Uint8Array[] {
    return this.#listed().flatMap((entry) => entry.serialize() ?? []);
  }

  /** Serializes requests for about this time, but at least one. Returns whether all are serialized. */
  serializeFor(ms: number): boolean {
    const endMs = performance.now() + ms;
    const left = this.#listed().filter(({ isSerialized }) => !isSerialized);
    for (const [index, entry] of left.entries()) {
      entry.serialize();
      if (performance.now() >= endMs) return index === left.length - 1;
    }
    return true;
  }

  #listed(): JournalEntry[] {
    return this.#entries.filter(({ isListed }) => isListed).slice(-MAX_REQUESTS);
  }

  /** The number of requests that were dropped before those in `requests`. */
  get droppedRequests(): number {
    const listed = this.#entries.filter(({ isListed }) => isListed).length;
    return this.#dropped + Math.max(0, listed - MAX_REQUESTS);
  }

  /** Records that a request has arrived. The headers must not change later. */
  begin(method: string, url: string, headers: RawHeaders): JournalEntry {
    const entry = new JournalEntry(method, url, headers);
    this.#entries.push(entry);
    this.#weight += entry.weight;
    // Removing from the front copies the array, so it is done rarely.
    if (this.#entries.length >= 2 * MAX_REQUESTS) this.#drop(MAX_REQUESTS);
    return entry;
  }

  /** Lists a request whose response is delayed, before the response is known. */
  wait(entry: JournalEntry, body: Uint8Array | undefined): void {
    if (entry.isComplete || !entry.isKept) return;
    entry.wait(body);
    this.#notify(entry);
  }

  /**
   * Records the request and its response. Only the first call has an effect. `body` is the decoded body, and must not
   * change later. `weight` is the number of characters of the bodies.
   */
  complete(entry: JournalEntry, body: Uint8Array | undefined, response: RawResponse | null, weight: number): void {
    if (entry.isComplete || !entry.isKept) return;
    entry.complete(body, response, weight, this.#blocks);
    this.#weight += weight;
    this.#notify(entry);
    while (this.#weight > MAX_WEIGHT && this.#entries.length > 1) this.#drop(1);
  }

  #notify(entry: JournalEntry): void {
    for (const waiter of this.#waiters) {
      const { recorded } = entry;
      if (!recorded || !waiter.predicate(recorded)) continue;
      this.#waiters.delete(waiter);
      waiter.settle(recorded);
    }
  }

  /** Resolves with the oldest request that matches, or the next one to arrive. */
  waitFor(condition: RequestPredicate, timeoutMs: number): Promise<RecordedRequest> {
    const predicate = rejectAsync(condition);
    const found = this.requests.find(predicate);
    if (found) return Promise.resolve(found);
    return new Promise((settle, fail) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        fail(new Error(`No such request within ${timeoutMs} ms. ${this.#describe()}`));
      }, timeoutMs);
      const waiter: Waiter = {
        predicate: (request) => {
          try {
            return predicate(request);
          } catch (error) {
            // An error of the predicate goes to its caller, not to the request that happened to arrive.
            this.#waiters.delete(waiter);
            clearTimeout(timer);
            fail(error);
            return false;
          }
        },
        settle: (request) => {
          clearTimeout(timer);
          settle(request);
        },
        fail: (reason) => {
          clearTimeout(timer);
          fail(reason);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  /** Discards all requests. Pending calls of `waitFor` reject with the reason. */
  clear(reason: string): void {
    this.#drop(this.#entries.length);
    this.#dropped = 0;
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const { fail } of waiters) fail(new Error(reason));
  }

  #drop(count: number): void {
    for (const entry of this.#entries.splice(0, count)) {
      const body = entry.drop(this.#blocks);
      if (body) this.onBodyDropped?.(body);
      this.#weight -= entry.weight;
    }
    this.#dropped += count;
  }

  #describe(): string {
    const { requests } = this;
    const last = requests
      .slice(-5)
      .map(({ method, path, response }) => `${method} ${path} ${response?.status ?? 'none'}`);
    const dropped = this.droppedRequests;
    const lost = dropped === 0 ? '' : ` ${dropped.toLocaleString('en')} before them are not kept any more.`;
    return last.length === 0 ? 'None has arrived.' : `There were: ${last.join(', ')}.${lost}`;
  }
}
