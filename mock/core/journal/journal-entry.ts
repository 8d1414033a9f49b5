// One request that has arrived at the mock, and what it responded with.
import type { Violation } from '../../../server/edge/errors.ts';
import { redactQuery, withoutSecrets } from './redact.ts';

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

/** A response as it was sent. */
export interface RawResponse {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: unknown;
}

/** What is kept of a request besides its body. */
interface Parts {
  readonly headers: RawHeaders;
  /** Null when there is none; undefined before that is known. */
  readonly response: RawResponse | null | undefined;
}

/** The same as JSON. */
type PackedParts = string;

/** Characters of the bodies, up to which an entry is packed: a large one would take longer than it saves. */
const PACKED_WEIGHT = 16_384;

/**
 * Packs what outlives its request. Dozens of objects for each would be copied and traced by the garbage collector: at
 * 32 connections the median pause was 1.0 ms instead of 0.6, with 25 full collections instead of 18 in 11 s.
 */
function pack({ headers, response }: Parts): PackedParts {
  const plain = (raw: RawHeaders) => (Symbol.iterator in raw ? [...raw] : raw);
  return JSON.stringify({
    headers: plain(headers),
    response: response && { ...response, headers: plain(response.headers) },
  });
}

/**
 * One request. What a reader sees of it is made when somebody reads it: most requests of a load test are never read.
 */
export class JournalEntry {
  readonly #method: string;
  readonly #url: string;
  #body: unknown;
  #parts: Parts | PackedParts;
  #isWaiting = false;
  #recorded: RecordedRequest | undefined;
  /** Characters that it has. */
  weight: number;
  /** Whether it is still kept. */
  isKept = true;

  constructor(method: string, url: string, headers: RawHeaders) {
    this.#method = method;
    this.#url = url;
    this.#parts = { headers, response: undefined };
    this.weight = url.length;
  }

  /** Whether its response is known. */
  get isComplete(): boolean {
    return typeof this.#parts === 'string' || this.#parts.response !== undefined;
  }

  /** Whether readers see it. */
  get isListed(): boolean {
    return this.isComplete || this.#isWaiting;
  }

  wait(body: unknown): void {
    this.#body = body;
    this.#isWaiting = true;
  }

  /** `weight`: characters of the bodies. */
  complete(body: unknown, response: RawResponse | null, weight: number): void {
    this.#body = body;
    const parts = { ...this.#unpack(), response };
    this.#parts = weight <= PACKED_WEIGHT ? pack(parts) : parts;
    this.#recorded = undefined;
    this.weight += weight;
  }

  /** Undefined until it is listed. */
  get recorded(): RecordedRequest | undefined {
    if (!this.isListed) return undefined;
    this.#recorded ??= this.#describe(this.#unpack());
    return this.#recorded;
  }

  #unpack(): Parts {
    return typeof this.#parts === 'string' ? JSON.parse(this.#parts) : this.#parts;
  }

  #describe({ headers: raw, response: sent }: Parts): RecordedRequest {
    const body = this.#body instanceof JsonBody ? this.#body.parse() : this.#body;
    const [path = '', ...query] = this.#url.split('?');
    // The bodies of examples are those that every mock of the process responds with.
    const response = sent ? { ...sent, headers: toRecord(sent.headers), body: copyJson(sent.body) } : null;
    const headers = withoutSecrets(toRecord(raw));
    const shared = { method: this.#method, path, query: redactQuery(query.join('?')), headers, body };
    return { ...shared, violations: violationsIn(response), response };
  }
}

function copyJson(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/** Some implementations of `Headers`, such as that of happy-dom, keep the case of names. */
function toRecord(headers: RawHeaders): Record<string, string> {
  const pairs = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  return Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), String(value)]));
}

function violationsIn(response: RecordedResponse | null): readonly Violation[] {
  const details: unknown = Object(Object(response?.body).error).details;
  return Array.isArray(details) ? details : [];
}
