// Buffers the unread part of a request body, in compact form and within limits.
import type { IncomingMessage } from 'node:http';
import { BODY_LIMIT } from '../edge/body/decode-blocks.ts';
import { freeMemory } from '../edge/body/large-buffer.ts';
import { ApiError } from '../edge/errors.ts';
import type { RequestMemory } from '../edge/memory/request-memory.ts';
import { FIELD_LIMIT, TOO_MANY_TRAILERS } from './field-limit.ts';

// An import would load all of `fetch`: see listen.ts.
const { IncomingMessage: NodeRequest } = process.getBuiltinModule('node:http');

/** The number of bytes that are read ahead, which is the default of Node's streams. */
const READ_AHEAD = 65_536;
/** The maximum number of chunks, enough for one for each of 10,000 members. A chunk of any size costs about 1 µs. */
const CHUNK_LIMIT = 10_240;
/** The minimum average size of a chunk: one for an ID with its quotes has 38 bytes. */
const CHUNK_BYTES = 32;
/** The number of chunks of any size that are allowed, so that a small body may arrive in any chunks. */
const SMALL_CHUNKS = 512;
/**
 * The maximum number of bytes to read of one body. A body of up to four times `BODY_LIMIT` is drained so that the
 * connection can be kept; a longer one closes the connection.
 */
export const READ_LIMIT = 4 * BODY_LIMIT;
/** The initial size of the buffer in which small chunks are joined. */
const MIN_CAPACITY = 4096;

const BODY = Symbol('held body');

interface BufferedRequest extends IncomingMessage {
  [BODY]: BodyBuffer;
}

/** Callbacks for an arriving body. */
export interface BodyEvents {
  /**
   * Called when this number of bytes has arrived. Returns whether a chunk begins with them: what arrives first in a
   * packet may continue one, and is not counted.
   */
  onBytes(bytes: number): boolean;
  /** Called when no further request can be read: the body exceeds a limit, or a trailer ended parsing. */
  onStopped(): void;
  /** Called when the whole body has arrived, trailers included, and more requests can be read. */
  onComplete(): void;
}

/**
 * Replaces three methods of this one request. Node allocates a buffer for each chunk, about 400 bytes for a chunk of
 * one byte, and keeps 65,536 bytes of chunks until the request is read: up to 26 MB. The replacements join small chunks
 * and count the buffered bytes.
 */
export function bufferBody(request: IncomingMessage, memory: RequestMemory, events: BodyEvents): void {
  Object.assign(request, { [BODY]: new BodyBuffer(memory, events), push, _read: read, _dump: dump });
}

/** Returns whether a part of the body has arrived. */
export function hasBegun({ [BODY]: body }: IncomingMessage & { [BODY]?: BodyBuffer }): boolean {
  return body?.hasBegun ?? false;
}

/** The original methods. Only the request itself is changed, never the prototype. */
const { push: pushOn, _read: readOn } = NodeRequest.prototype;

/** Called by Node's parser, with null at the end. */
function push(this: BufferedRequest, chunk: Buffer | null): boolean {
  const body = this[BODY];
  return chunk === null ? body.end(this) : body.take(this, chunk);
}

/** Called by the stream when its reader wants more. */
function read(this: BufferedRequest, size: number): void {
  this[BODY].want(this, size);
}

/**
 * Called by Node when the response has finished and the body has not been read. Node's own method would read the rest
 * without a limit, and no longer call `push`.
 */
function dump(this: BufferedRequest): void {
  this[BODY].dump(this);
}

class BodyBuffer {
  readonly #memory: RequestMemory;
  readonly #events: BodyEvents;
  #bytes: Buffer | undefined;
  #used = 0;
  #isWanted = false;
  #isDumped = false;
  #isStopped = false;
  #received = 0;
  #chunks = 0;

  constructor(memory: RequestMemory, events: BodyEvents) {
    this.#memory = memory;
    this.#events = events;
  }

  /** Adds a chunk. Returning false pauses reading from the connection until the reader wants more. */
  take(request: IncomingMessage, chunk: Buffer): boolean {
    if (this.#isStopped) return false;
    if (this.#events.onBytes(chunk.length)) this.#chunks++;
    this.#received += chunk.length;
    if (this.#hasTooManyChunks) return this.#stop(tooManyChunks());
    if (this.#received > READ_LIMIT) return this.#stop(new ApiError('PayloadTooLarge'));
    // The rest of a rejected body is read and dropped, because a client that is still sending does not read the
    // response.
    if (this.#memory.rejection || this.#isDumped) {
      freeMemory(chunk);
      return true;
    }
    if (this.#isWanted && !this.#bytes && chunk.length >= MIN_CAPACITY) {
      this.#isWanted = false;
      return pushOn.call(request, chunk);
    }
    this.#append(chunk);
    // Joined before they are passed on, because a stream takes longer for a chunk than joining it does.
    if (this.#isWanted && this.#used >= MIN_CAPACITY) return this.#flush(request);
    return this.#used < READ_AHEAD;
  }

  get #hasTooManyChunks(): boolean {
    return this.#chunks > Math.min(CHUNK_LIMIT, SMALL_CHUNKS + this.#received / CHUNK_BYTES);
  }

  get hasBegun(): boolean {
    return this.#received > 0;
  }

  end(request: IncomingMessage): boolean {
    // Node's parser allows one trailer more than the limit, and rejects any further ones.
    if (request.rawTrailers.length > FIELD_LIMIT * 2)
      this.#memory.reject(new ApiError('InvalidRequest', { message: TOO_MANY_TRAILERS }));
    const { rejection, isAwaited } = this.#memory;
    // A truncated body must not look complete to a reader that does not handle rejections.
    if (rejection && request.readableFlowing && !isAwaited && !this.#isDumped) request.destroy(rejection);
    if (request.rawTrailers.length > 0 && closesByTrailer(request)) this.#events.onStopped();
    else this.#events.onComplete();
    this.#flush(request);
    return pushOn.call(request, null);
  }

  want(request: IncomingMessage, size: number): void {
    if (this.#isStopped) return;
    this.#isWanted = true;
    this.#flush(request);
    readOn.call(request, size);
  }

  dump(request: IncomingMessage): void {
    this.#isDumped = true;
    request.removeAllListeners('data').resume();
  }

  #stop(error: ApiError): false {
    this.#isStopped = true;
    this.#memory.reject(error);
    this.#events.onStopped();
    return false;
  }

  /** Passes the buffered bytes on to the stream. */
  #flush(request: IncomingMessage): boolean {
    if (!this.#bytes) return true;
    const bytes = this.#bytes.subarray(0, this.#used);
    this.drop();
    if (this.#isWanted) this.#memory.releaseUnread();
    this.#isWanted = false;
    return pushOn.call(request, bytes);
  }

  drop(): void {
    this.#bytes = undefined;
    this.#used = 0;
  }

  #append(chunk: Buffer): void {
    // Most bodies arrive in one chunk, which need not be copied.
    if (!this.#bytes) {
      if (!this.#memory.tryAddUnread(chunk.length, this)) return;
      this.#bytes = chunk;
      this.#used = chunk.length;
      return;
    }
    const used = this.#used + chunk.length;
    if (used > this.#bytes.length) {
      const capacity = used < READ_AHEAD ? Math.min(READ_AHEAD, Math.max(MIN_CAPACITY, 2 * used)) : used;
      if (!this.#memory.tryAddUnread(capacity - this.#bytes.length, this)) return;
      const larger = Buffer.allocUnsafeSlow(capacity);
      larger.set(this.#bytes.subarray(0, this.#used));
      this.#bytes = larger;
    }
    this.#bytes.set(chunk, this.#used);
    this.#used = used;
  }
}

/**
 * Returns whether a trailer ends parsing. Trailers are not header fields (RFC 9110, section 6.5.1), but Node's parser
 * obeys `Connection: close` in trailers too, and parses nothing after the body.
 */
function closesByTrailer({ rawTrailers }: IncomingMessage): boolean {
  return rawTrailers.some(
    (text, index) =>
      index % 2 === 0 && /^(proxy-)?connection$/i.test(text) && /\bclose\b/i.test(rawTrailers[index + 1] ?? ''),
  );
}

function tooManyChunks(): ApiError {
  return new ApiError('PayloadTooLarge', {
    message:
      'The body comes in too many small chunks. Send it in larger ones: ' +
      `at most ${CHUNK_LIMIT.toLocaleString('en')}, of ${CHUNK_BYTES} bytes or more on average.`,
  });
}
