// What has arrived at the mock, and what it responded with.
import type { Violation } from '../../server/edge/errors.ts';

/** A request that has arrived, and its response. A copy: changing it changes nothing else. */
export interface RecordedRequest {
  /** In upper case. */
  readonly method: string;
  /** With the base path, without the query: `/api/customer-organizations`. */
  readonly path: string;
  /** Without the question mark and the values of secrets, such as `access_token`; empty without a query. */
  readonly query: string;
  /** By name in lower case. Of credentials, cookies and other secrets only that they were sent: `Basic [redacted]`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed. Undefined if none was sent or it is not JSON. */
  readonly body: unknown;
  /** Where the request breaks the contract. */
  readonly violations: readonly Violation[];
  /** Null while a scenario delays it, and when there is none: the connection was reset, or the client gave up. */
  readonly response: RecordedResponse | null;
}

/** A response of the mock. */
export interface RecordedResponse {
  /** The HTTP status. */
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined for a response without a body. */
  readonly body: unknown;
}

/** As Node or a browser has them. */
export type RawHeaders = Iterable<readonly [name: string, value: string]> | Readonly<Record<string, unknown>>;

/**
 * A large body, to be parsed when somebody reads it: tens of thousands of values that outlive their request cost V8 as
 * much as all else that the request does.
 */
export class JsonBody {
  readonly #text: Uint8Array;

  constructor(text: Uint8Array) {
    this.#text = text;
  }

  get length(): number {
    return this.#text.length;
  }

  /** Undefined if it is not JSON. */
  parse(): unknown {
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(this.#text));
    } catch {
      return undefined;
    }
  }
}

/**
 * One request. What a reader sees of it is made when somebody reads it: most requests of a load test are never read.
 */
export class JournalEntry {
  readonly #method: string;
  readonly #url: string;
  readonly #headers: RawHeaders;
  #body: unknown;
  /** Null when there is none; undefined before that is known. */
  #response: { status: number; headers: RawHeaders; body: unknown } | null | undefined;
  #isWaiting = false;
  #recorded: RecordedRequest | undefined;
  /** Characters that it has. */
  weight: number;
  /** Whether it is still kept. */
  isKept = true;

  constructor(method: string, url: string, headers: RawHeaders) {
    this.#method = method;
    this.#url = url;
    this.#headers = headers;
    this.weight = url.length;
  }

  /** Whether its response is known. */
  get isComplete(): boolean {
    return this.#response !== undefined;
  }

  /** Whether readers see it. */
  get isListed(): boolean {
    return this.isComplete || this.#isWaiting;
  }

  wait(body: unknown): void {
    this.#body = body;
    this.#isWaiting = true;
  }

  complete(body: unknown, response: { status: number; headers: RawHeaders; body: unknown } | null): void {
    this.#body = body;
    this.#response = response;
    this.#recorded = undefined;
  }

  /** Undefined until it is listed. */
  get recorded(): RecordedRequest | undefined {
    if (!this.isListed) return undefined;
    this.#recorded ??= this.#describe(this.#response ?? null);
    return this.#recorded;
  }

  #describe(sent: { status: number; headers: RawHeaders; body: unknown } | null): RecordedRequest {
    const body = this.#body instanceof JsonBody ? this.#body.parse() : this.#body;
    const [path = '', ...query] = this.#url.split('?');
    // The bodies of examples are those that every mock of the process responds with.
    const response = sent && { ...sent, headers: toRecord(sent.headers), body: copyJson(sent.body) };
    const headers = withoutSecrets(toRecord(this.#headers));
    const shared = { method: this.#method, path, query: redactQuery(query.join('?')), headers, body };
    return { ...shared, violations: violationsIn(response), response };
  }
}

/** Whether a request is the one that somebody waits for. Not async: a promise would match every request. */
export type RequestPredicate = (request: RecordedRequest) => boolean;

interface Waiter {
  predicate: RequestPredicate;
  settle(request: RecordedRequest): void;
  fail(reason: Error): void;
}

/** The requests that are kept; the oldest go first. */
const MAX_REQUESTS = 1000;
/** Characters of all bodies that are kept. As objects they take up to ten times as many bytes. */
const MAX_WEIGHT = 4_000_000;

/** The names of headers and query parameters that are secrets, or may have some. */
const SECRET = /auth|cookie|credential|jwt|key|passw|secret|session|signature|token/i;
/** This one is no secret, and tests look at it. */
const NO_SECRET = /idempotency-key$/i;
const REDACTED = '[redacted]';

/** The requests that have arrived, oldest first. */
export class Journal {
  #entries: JournalEntry[] = [];
  #weight = 0;
  /** Requests that made room for later ones, of which there are too many or whose bodies are too large. */
  #dropped = 0;
  #waiters = new Set<Waiter>();

  /** The last 1,000 of those whose response is known, or is delayed; fewer when their bodies are large. */
  get requests(): readonly RecordedRequest[] {
    const listed = this.#entries.filter(({ isListed }) => isListed).slice(-MAX_REQUESTS);
    return listed.flatMap(({ recorded }) => recorded ?? []);
  }

  /** The number of requests that have made room for those in `requests`. */
  get droppedRequests(): number {
    const listed = this.#entries.filter(({ isListed }) => isListed).length;
    return this.#dropped + Math.max(0, listed - MAX_REQUESTS);
  }

  /** Records that a request has arrived. The headers must not change later. */
  begin(method: string, url: string, headers: RawHeaders): JournalEntry {
    const entry = new JournalEntry(method, url, headers);
    this.#entries.push(entry);
    this.#weight += entry.weight;
    // Removing from the front copies the array: that is done seldom.
    if (this.#entries.length >= 2 * MAX_REQUESTS) this.#drop(MAX_REQUESTS);
    return entry;
  }

  /** Lists a request before its response is known, because that is delayed. */
  wait(entry: JournalEntry, body: unknown): void {
    if (entry.isComplete || !entry.isKept) return;
    entry.wait(body);
    this.#tell(entry);
  }

  /**
   * Records what the request was, and its response. Only the first call counts. `body` may be a `JsonBody`. `weight`:
   * characters of the bodies.
   */
  complete(
    entry: JournalEntry,
    body: unknown,
    response: { status: number; headers: RawHeaders; body: unknown } | null,
    weight: number,
  ): void {
    if (entry.isComplete || !entry.isKept) return;
    entry.complete(body, response);
    entry.weight += weight;
    this.#weight += weight;
    while (this.#weight > MAX_WEIGHT && this.#entries.length > 1) this.#drop(1);
    this.#tell(entry);
  }

  #tell(entry: JournalEntry): void {
    for (const waiter of this.#waiters) {
      const { recorded } = entry;
      if (!recorded || !waiter.predicate(recorded)) continue;
      this.#waiters.delete(waiter);
      waiter.settle(recorded);
    }
  }

  /** Resolves with the oldest request that matches, or the next one to arrive. */
  waitFor(condition: RequestPredicate, timeoutMs: number): Promise<RecordedRequest> {
    const predicate = refuseAsync(condition);
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
            // Whoever waits learns of it, not the request that has nothing to do with it.
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
      entry.isKept = false;
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

const ASYNC = 'The predicate must not be async: it must return true or false.';
const FUNCTIONS_WITHOUT_RESULT = ['AsyncFunction', 'AsyncGeneratorFunction', 'GeneratorFunction'];

/** @throws TypeError now for an async function, or when the predicate returns a promise */
function refuseAsync(predicate: RequestPredicate): RequestPredicate {
  const type: unknown = Reflect.get(predicate, Symbol.toStringTag);
  if (FUNCTIONS_WITHOUT_RESULT.some((each) => each === type)) throw new TypeError(ASYNC);
  return (request) => {
    const result: unknown = predicate(request);
    if (typeof Object(result).then !== 'function') return Boolean(result);
    // It has no other listener.
    Promise.resolve(result).catch(() => {});
    throw new TypeError(ASYNC);
  };
}

function copyJson(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/** Some implementations of `Headers`, such as that of happy-dom, keep the case of names. */
function toRecord(headers: RawHeaders): Record<string, string> {
  const pairs = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  return Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), String(value)]));
}

function isSecret(name: string): boolean {
  return SECRET.test(name) && !NO_SECRET.test(name);
}

function withoutSecrets(headers: Readonly<Record<string, string>>): Record<string, string> {
  const redact = (value: string) => `${/^(Basic|Bearer|Digest) /i.exec(value)?.[0] ?? ''}${REDACTED}`;
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, isSecret(name) ? redact(value) : value]),
  );
}

/** The parameters as they were sent, without the values of secrets. */
function redactQuery(query: string): string {
  const pairs = query.split('&').map((pair) => {
    const [name = ''] = pair.split('=', 1);
    const [decoded = name] = new URLSearchParams(`&${name}`).keys();
    return pair.length > name.length && isSecret(decoded) ? `${name}=${REDACTED}` : pair;
  });
  return pairs.join('&');
}

function violationsIn(response: RecordedResponse | null): readonly Violation[] {
  const details: unknown = Object(Object(response?.body).error).details;
  return Array.isArray(details) ? details : [];
}
