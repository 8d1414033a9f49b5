// Buffers the part of a request body that is not read yet: compact, counted, and bounded.
import type { IncomingMessage } from 'node:http';
import { freeMemory } from '../edge/body/large-buffer.ts';
import { BODY_LIMIT } from '../edge/body/read-body.ts';
import { ApiError } from '../edge/errors.ts';
import type { RequestMemory } from '../edge/memory/request-memory.ts';
import { FIELD_LIMIT, TOO_MANY_TRAILERS } from './check-request.ts';

// As in listen.ts: an import would load all of `fetch`.
const { IncomingMessage: NodeRequest } = process.getBuiltinModule('node:http');

/** Bytes that are read ahead of the reader of the body: as many as Node's streams do. */
const READ_AHEAD = 65_536;
/** A chunk costs about a microsecond, however small it is. This allows one for each of 10,000 members. */
const CHUNK_LIMIT = 10_240;
/** Bytes of a chunk on average. One for an ID with its quotes has 38. */
const CHUNK_BYTES = 32;
/** Chunks that may be smaller: a small body may come in any. */
const SMALL_CHUNKS = 512;
/**
 * Chunks arrive in pieces where one of `Slices` or a packet ends within them: a body of 1 MiB has 1,024 slices
 * of 1 KiB.
 */
const PIECE_LIMIT = CHUNK_LIMIT + 1536;
/** The same of pieces: where packets of 100 bytes end within them, a third of the chunks have two. */
const PIECE_BYTES = 24;
/**
 * Bytes of one body that are read at most. A body slightly over the limit is drained, so that the connection can be
 * kept; beyond this, the connection is closed.
 */
export const READ_LIMIT = 4 * BODY_LIMIT;
/** Bytes of the buffer in which small chunks are joined. */
const MIN_CAPACITY = 4096;

const BODY = Symbol('held body');

interface BufferedRequest extends IncomingMessage {
  [BODY]: BodyBuffer;
}

/** What is reported of a body while it arrives. */
export interface BodyEvents {
  /** This number of its bytes has arrived. */
  onBytes(bytes: number): void;
  /** No further request can be read: the body is over `READ_LIMIT`, in too many chunks, or a trailer ended parsing. */
  onStopped(): void;
  /** All of it has arrived, its trailers included, and more requests can be read. */
  onComplete(): void;
}

/**
 * Takes the place of three methods of this one request. Node makes a buffer of each chunk, of about 400 bytes for a
 * chunk of one, and keeps 65,536 bytes of them in the request until it is read: up to 26 MB. This joins small chunks,
 * and counts what is buffered.
 */
export function bufferBody(request: IncomingMessage, memory: RequestMemory, events: BodyEvents): void {
  Object.assign(request, { [BODY]: new BodyBuffer(memory, events), push, _read: read, _dump: dump });
}

/** The methods of all requests, which share no code with a prototype that others use. */
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
 * Called by Node when the response is finished and the body was not read. It would stop calling `push`, and read
 * without a limit.
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
  #pieces = 0;

  constructor(memory: RequestMemory, events: BodyEvents) {
    this.#memory = memory;
    this.#events = events;
  }

  /** False pauses reading from the connection until the reader wants more. */
  take(request: IncomingMessage, chunk: Buffer): boolean {
    if (this.#isStopped) return false;
    this.#events.onBytes(chunk.length);
    this.#received += chunk.length;
    if (this.#hasTooManyPieces(request)) return this.#stop(tooManyChunks());
    if (this.#received > READ_LIMIT) return this.#stop(new ApiError('PayloadTooLarge'));
    // What was rejected is read and dropped: a client that is sending does not look for a response.
    if (this.#memory.rejection || this.#isDumped) {
      freeMemory(chunk);
      return true;
    }
    if (this.#isWanted && !this.#bytes && chunk.length >= MIN_CAPACITY) {
      this.#isWanted = false;
      return pushOn.call(request, chunk);
    }
    this.#append(chunk);
    // A stream takes longer for a chunk than joining it does.
    if (this.#isWanted && this.#used >= MIN_CAPACITY) return this.#flush(request);
    return this.#used < READ_AHEAD;
  }

  /** A body with a Content-Length comes in as many pieces as the network makes of it. */
  #hasTooManyPieces({ headers }: IncomingMessage): boolean {
    const pieces = ++this.#pieces;
    if (pieces <= SMALL_CHUNKS) return false;
    if (pieces > PIECE_LIMIT) return true;
    return pieces > SMALL_CHUNKS + this.#received / PIECE_BYTES && headers['transfer-encoding'] !== undefined;
  }

  end(request: IncomingMessage): boolean {
    // Node's parser rejects more than one beyond the limit.
    if (request.rawTrailers.length > FIELD_LIMIT * 2)
      this.#memory.reject(new ApiError('InvalidRequest', { message: TOO_MANY_TRAILERS }));
    const { rejection, isAwaited } = this.#memory;
    // A body with a gap must not look complete to a reader that does not know of the budget.
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

  /** Passes on what has arrived. */
  #flush(request: IncomingMessage): boolean {
    if (!this.#bytes) return true;
    const bytes = this.#bytes.subarray(0, this.#used);
    this.drop();
    if (this.#isWanted) this.#memory.unpark();
    this.#isWanted = false;
    return pushOn.call(request, bytes);
  }

  drop(): void {
    this.#bytes = undefined;
    this.#used = 0;
  }

  #append(chunk: Buffer): void {
    // Most bodies arrive in one chunk.
    if (!this.#bytes) {
      if (!this.#memory.tryPark(chunk.length, this)) return;
      this.#bytes = chunk;
      this.#used = chunk.length;
      return;
    }
    const used = this.#used + chunk.length;
    if (used > this.#bytes.length) {
      const capacity = used < READ_AHEAD ? Math.min(READ_AHEAD, Math.max(MIN_CAPACITY, 2 * used)) : used;
      if (!this.#memory.tryPark(capacity - this.#bytes.length, this)) return;
      const larger = Buffer.allocUnsafeSlow(capacity);
      larger.set(this.#bytes.subarray(0, this.#used));
      this.#bytes = larger;
    }
    this.#bytes.set(chunk, this.#used);
    this.#used = used;
  }
}

/**
 * A trailer is no header field (RFC 9110, section 6.5.1), but Node's parser obeys `Connection: close` among the
 * trailers too: it parses nothing behind the body.
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
