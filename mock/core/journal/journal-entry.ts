// One request to the mock, and its response.
import type { Violation } from '../../../server/edge/errors.ts';
import { parseJson } from '../../../server/text/parse-json.ts';
import type { ByteBlocks, Slice } from './byte-blocks.ts';
import { redactQuery, withoutSecrets } from './redact.ts';

/** A copy of a request that has arrived and of its response. Changing it does not affect the journal. */
export interface RecordedRequest {
  /** The method, in upper case. */
  readonly method: string;
  /** The path with the base path and without the query: `/api/customer-organizations`. */
  readonly path: string;
  /** The query without its question mark and the values of secrets such as `access_token`; may be empty. */
  readonly query: string;
  /** Headers, keyed by lower-case name. Credentials, cookies and other secrets are redacted: `Basic [redacted]`. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The parsed body; undefined if none was sent, if it was not read, because the client gave up or got an error that
   * its headers decide, and if it is not JSON. It has as many levels as were sent, but `JSON.stringify` throws a
   * RangeError after some thousand, so `GET /_mock/requests` leaves such a body out.
   */
  readonly body: unknown;
  /** The violations of the contract in the request. */
  readonly violations: readonly Violation[];
  /** The response; null while it is delayed, and if there is none because the connection closed first. */
  readonly response: RecordedResponse | null;
}

/** A response of the mock. */
export interface RecordedResponse {
  /** The HTTP status. */
  readonly status: number;
  /** Headers, keyed by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed body; undefined for a response without one. */
  readonly body: unknown;
}

/** Headers in the form of Node or of the Fetch API. */
export type RawHeaders = Iterable<readonly [name: string, value: string]> | Readonly<Record<string, unknown>>;

/** A response as it was sent, before its headers are normalized. */
export interface RawResponse {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: unknown;
}

/** The parts of a request that are kept besides its body. */
interface Parts {
  readonly method: string;
  readonly url: string;
  readonly headers: RawHeaders;
  /** Null if there was no response; undefined until that is known. */
  readonly response: RawResponse | null | undefined;
}

/** A request body after content decoding; empty if none was sent. */
type Body = Uint8Array;
const NO_BODY: Body = new Uint8Array(0);

/** The largest weight of an entry that is packed. Packing a larger one would cost more time than it saves. */
const PACKED_WEIGHT = 16_384;

/** Serializes the parts as JSON. */
function serialize({ headers, response, ...parts }: Parts): string {
  const plain = (raw: RawHeaders) => (Symbol.iterator in raw ? [...raw] : raw);
  return JSON.stringify({
    ...parts,
    headers: plain(headers),
    response: response && { ...response, headers: plain(response.headers) },
  });
}

/**
 * One request. The public record is created only when it is read: most requests of a load test never are. A complete
 * entry is packed, because the garbage collector copies and traces objects that outlive their request.
 */
export class JournalEntry {
  #kept: { parts: Parts; body: Body } | Slice;
  #isWaiting = false;
  #recorded: RecordedRequest | undefined;
  #json: Uint8Array | undefined;
  /** Whether its response is known. */
  isComplete = false;
  /** The number of characters that count against the limit of the journal. */
  weight: number;
  /** Whether the journal still keeps it. */
  isKept = true;

  constructor(method: string, url: string, headers: RawHeaders) {
    this.#kept = { parts: { method, url, headers, response: undefined }, body: NO_BODY };
    this.weight = url.length;
  }

  /** Whether `requests` contains it. */
  get isListed(): boolean {
    return this.isComplete || this.#isWaiting;
  }

  wait(body: Body = NO_BODY): void {
    this.#kept = { ...this.#read(), body };
    this.#isWaiting = true;
  }

  /** Completes the entry. `weight` is the number of characters of its bodies. */
  complete(body: Body = NO_BODY, response: RawResponse | null, weight: number, blocks: ByteBlocks): void {
    const parts = { ...this.#read().parts, response };
    const packed = weight <= PACKED_WEIGHT ? blocks.write(serialize(parts), body) : undefined;
    this.#kept = packed ?? { parts, body };
    this.isComplete = true;
    this.#recorded = undefined;
    this.#json = undefined;
    this.weight += weight;
  }

  /** Frees the memory of an entry that is never read again. Returns the body unless it was copied. */
  drop(blocks: ByteBlocks): Uint8Array | undefined {
    this.isKept = false;
    this.#json = undefined;
    if (!('block' in this.#kept)) return this.#kept.body;
    blocks.free(this.#kept);
    return undefined;
  }

  /** The public record; undefined until the entry is listed. */
  get recorded(): RecordedRequest | undefined {
    if (!this.isListed) return undefined;
    this.#recorded ??= describe(this.#read());
    return this.#recorded;
  }

  /**
   * Returns the public record as JSON in UTF-8; undefined until the entry is listed. It is kept, because parsing a body
   * of 1 MB and serializing it takes up to 200 ms. The parsed record is not, because it takes more memory.
   */
  serialize(): Uint8Array | undefined {
    if (!this.isListed) return undefined;
    this.#json ??= new TextEncoder().encode(toJson(describe(this.#read())));
    return this.#json;
  }

  /** Whether `serialize` returns at once. */
  get isSerialized(): boolean {
    return this.#json !== undefined;
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
  // Copied, because all mocks of the process share the bodies of examples.
  const response = sent ? { ...sent, headers: toRecord(sent.headers), body: copyJson(sent.body) } : null;
  return {
    method: parts.method,
    path,
    query: redactQuery(query.join('?')),
    headers: withoutSecrets(toRecord(parts.headers)),
    body: parseBody(body),
    violations: violationsIn(response),
    response,
  };
}

/** Leaves out a body that is nested too deeply for `JSON.stringify`, which fails after some thousand levels. */
function toJson(request: RecordedRequest): string {
  try {
    return JSON.stringify(request);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return JSON.stringify({ ...request, body: undefined });
  }
}

/** Returns undefined for invalid JSON. */
function parseBody(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
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
