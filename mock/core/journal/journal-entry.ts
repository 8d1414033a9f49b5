// One request that has arrived at the mock, and what it responded with.
import type { Violation } from '../../../server/edge/errors.ts';
import type { ByteBlocks, Slice } from './byte-blocks.ts';
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

/** A response as it was sent. */
export interface RawResponse {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: unknown;
}

/** What is kept of a request besides its body. */
interface Parts {
  readonly method: string;
  readonly url: string;
  readonly headers: RawHeaders;
  /** Null when there is none; undefined before that is known. */
  readonly response: RawResponse | null | undefined;
}

/** As it was sent, without a content coding; empty without one. */
type Body = Uint8Array;
const NO_BODY: Body = new Uint8Array(0);

/** Characters of the bodies, up to which an entry is packed: a large one would take longer than it saves. */
const PACKED_WEIGHT = 16_384;

/** As JSON. */
function serialize({ headers, response, ...parts }: Parts): string {
  const plain = (raw: RawHeaders) => (Symbol.iterator in raw ? [...raw] : raw);
  return JSON.stringify({
    ...parts,
    headers: plain(headers),
    response: response && { ...response, headers: plain(response.headers) },
  });
}

/**
 * One request. What a reader sees of it is made when somebody reads it: most requests of a load test are never read. A
 * complete one is packed, because what outlives its request is copied and traced by the garbage collector.
 */
export class JournalEntry {
  #kept: { parts: Parts; body: Body } | Slice;
  #isWaiting = false;
  #recorded: RecordedRequest | undefined;
  /** Whether its response is known. */
  isComplete = false;
  /** Characters that it has. */
  weight: number;
  /** Whether it is still kept. */
  isKept = true;

  constructor(method: string, url: string, headers: RawHeaders) {
    this.#kept = { parts: { method, url, headers, response: undefined }, body: NO_BODY };
    this.weight = url.length;
  }

  /** Whether readers see it. */
  get isListed(): boolean {
    return this.isComplete || this.#isWaiting;
  }

  wait(body: Body = NO_BODY): void {
    this.#kept = { ...this.#read(), body };
    this.#isWaiting = true;
  }

  /** `weight`: characters of the bodies. */
  complete(body: Body = NO_BODY, response: RawResponse | null, weight: number, blocks: ByteBlocks): void {
    const parts = { ...this.#read().parts, response };
    const packed = weight <= PACKED_WEIGHT ? blocks.write(serialize(parts), body) : undefined;
    this.#kept = packed ?? { parts, body };
    this.isComplete = true;
    this.#recorded = undefined;
    this.weight += weight;
  }

  /** To be called when it is not kept any more, and never read again. */
  drop(blocks: ByteBlocks): void {
    this.isKept = false;
    if ('block' in this.#kept) blocks.free(this.#kept);
  }

  /** Undefined until it is listed. */
  get recorded(): RecordedRequest | undefined {
    if (!this.isListed) return undefined;
    this.#recorded ??= describe(this.#read());
    return this.#recorded;
  }

  #read(): { parts: Parts; body: Body } {
    if (!('block' in this.#kept)) return this.#kept;
    const { block, start, split, end } = this.#kept;
    const text = new TextDecoder().decode(block.bytes.subarray(start, split));
    return { parts: JSON.parse(text), body: block.bytes.subarray(split, end) };
  }
}

function describe({ parts, body }: { parts: Parts; body: Body }): RecordedRequest {
  const [path = '', ...query] = parts.url.split('?');
  const { response: sent } = parts;
  // The bodies of examples are those that every mock of the process responds with.
  const response = sent ? { ...sent, headers: toRecord(sent.headers), body: copyJson(sent.body) } : null;
  return {
    method: parts.method,
    path,
    query: redactQuery(query.join('?')),
    headers: withoutSecrets(toRecord(parts.headers)),
    body: parseJson(body),
    violations: violationsIn(response),
    response,
  };
}

/** Undefined for what is not JSON. */
function parseJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
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
