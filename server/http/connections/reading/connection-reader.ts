// Reads one connection: gives Node's parser what arrives in slices, and nothing while the connection is paused.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { freeMemory } from '../../../edge/body/large-buffer.ts';
import type { ConnectionMemory } from '../connection-memory.ts';
import { PendingHeader } from './pending-header.ts';
import type { ReadTurns } from './read-turns.ts';
import { Slices, skipEmptyLines } from './slices.ts';

/** The maximum number of bytes that Node reads from a paused connection: one more chunk. */
const READ_AHEAD_BYTES = 65_536;

/** The part of a connection that its reader uses. */
interface ReadConnection {
  readonly socket: Socket;
  /** The newest request, until it is complete and its response is closed. */
  readonly newest: IncomingMessage | undefined;
}

export class ConnectionReader {
  readonly #socket: Socket;
  readonly #connection: ReadConnection;
  readonly #memory: ConnectionMemory;
  /** The partial header that has arrived. */
  readonly #pending = new PendingHeader();
  readonly #slices = new Slices();
  /** The chunk whose rest was put back, which shares its memory, and the length of that rest. */
  #putBack: { whole: Buffer; restBytes: number } | undefined;
  #isStopped = false;
  #isReleased = false;
  /** Whether the slice that is being parsed had a part of a body. */
  #hasBody = false;
  #isPaused = false;
  /** Whether this watches for Node to resume the connection. */
  #isWatched = false;

  /** `onError` is called with errors of parsing. */
  constructor(
    connection: ReadConnection,
    memory: ConnectionMemory,
    readTurns: ReadTurns,
    onError: (error: unknown) => void,
  ) {
    const { socket } = connection;
    this.#socket = socket;
    this.#connection = connection;
    this.#memory = memory;
    // Node's own listener, which parses chunks.
    const [parseSlice] = socket.listeners('data');
    socket.removeAllListeners('data');
    // A listener costs 1 % of the throughput of creates, because Node no longer reads into its parser directly.
    let isFirst = true;
    const parse = (chunk: Buffer) => {
      try {
        this.#take(chunk, (slice) => parseSlice?.call(socket, slice));
      } catch (error) {
        onError(error);
      }
    };
    socket.on('data', (chunk: Buffer) => {
      if (this.#isReleased) {
        freeMemory(chunk);
      } else if (isFirst) {
        isFirst = false;
        readTurns.onFirstChunk(socket, chunk, () => parse(chunk));
        if (readTurns.holdsFirst(socket)) memory.countUnparsed(chunk.buffer.byteLength);
      } else {
        readTurns.onChunk(socket, chunk);
        parse(chunk);
      }
    });
  }

  /** Must be called for each request. `contentLength` is 0 if it has none. */
  onRequest(contentLength: number): void {
    this.#pending.onRequest();
    this.#slices.onRequest(contentLength);
  }

  /**
   * Must be called when this number of bytes of the newest body has been parsed. Returns whether a chunk begins with
   * them: the first bytes in a slice may continue one.
   */
  onBody(bytes: number): boolean {
    const isFirst = !this.#hasBody;
    this.#hasBody = true;
    this.#pending.onBody(bytes);
    this.#slices.onBytes(bytes);
    return !isFirst;
  }

  /** Stops reading from the socket. Data that Node has already read is still parsed. */
  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    // Nothing has been read from a new connection.
    if (this.#socket.bytesRead > 0) this.#memory.countUnparsed(READ_AHEAD_BYTES);
    this.#watchResume();
    process.nextTick(() => this.#isPaused && this.#socket.pause());
  }

  /** Node resumes the connection at the end of a request and when responses are read, and then emits this event. */
  #watchResume(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.#socket.on('resume', () => {
      if (this.#isPaused) this.#socket.pause();
      else this.#memory.countUnparsed(0);
    });
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (isPausedByNode(this.#socket)) return;
    this.#memory.countUnparsed(0);
    this.#socket.resume();
  }

  /** Parses nothing more: what follows cannot get a response, or is not HTTP. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Releases what has been read and not parsed. Must be called when the connection is closed. */
  release(): void {
    this.#isReleased = true;
    this.#isStopped = true;
    if (this.#putBack) {
      // Each chunk is read with its own length, because otherwise Node would make one copy of all of them.
      this.#socket.read(this.#putBack.restBytes);
      freeMemory(this.#putBack.whole);
      this.#putBack = undefined;
    }
    if (this.#socket.readableLength > 0) this.#socket.read(this.#socket.readableLength);
  }

  /** Parses a chunk in slices. When that pauses the connection, the rest is put back. */
  #take(chunk: Buffer, parse: (slice: Buffer) => void): void {
    this.#memory.countUnparsed(0);
    const whole = this.#putBack?.whole.buffer === chunk.buffer ? this.#putBack.whole : chunk;
    this.#putBack = undefined;
    for (let at = 0; at < chunk.length; ) {
      if (this.#isOver) return;
      if (this.#isPaused || isPausedByNode(this.#socket)) {
        this.#memory.countUnparsed(chunk.buffer.byteLength + READ_AHEAD_BYTES);
        this.#watchResume();
        this.#socket.pause();
        this.#putBack = { whole, restBytes: chunk.length - at };
        this.#socket.unshift(chunk.subarray(at));
        return;
      }
      const slice = this.#slices.next(chunk, at, this.#isInBody && this.#isChunked);
      at += slice.length;
      this.#pending.begin(slice, chunk);
      this.#hasBody = false;
      parse(slice);
      this.#onParsed();
      if (!this.#isInBody) at = skipEmptyLines(chunk, at);
    }
    // Node's parser has copied what it needs. Bodies would otherwise add their size to V8's count of external memory,
    // for which it collected all garbage once in 7 bodies of 1 MiB. Other listeners may use the chunk.
    if (!this.#isOver && this.#socket.listenerCount('data') === 1) freeMemory(whole);
    if (!isPausedByNode(this.#socket) || this.#memory.isReleased) return;
    this.#memory.countUnparsed(READ_AHEAD_BYTES);
    this.#watchResume();
  }

  /** A failed write ends the connection in a later tick, until which thousands of requests would be parsed. */
  get #isOver(): boolean {
    return !this.#socket.writable || this.#isStopped;
  }

  #onParsed(): void {
    this.#pending.end(this.#isInBody, this.#isChunked);
    if (this.#memory.isReleased) return;
    if (this.#connection.newest?.complete) this.#memory.countUnfinished(0);
    // Node resumes the connection at the end of each request, which would read the buffered data.
    if (this.#isPaused) this.#socket.pause();
    this.#memory.countPending(this.#pending.text.length);
  }

  /** Whether the rest of the newest body is still to arrive. */
  get #isInBody(): boolean {
    const { newest } = this.#connection;
    return newest !== undefined && !newest.complete;
  }

  /** Whether the newest body is chunked. */
  get #isChunked(): boolean {
    return this.#connection.newest?.headers['transfer-encoding'] !== undefined;
  }

  /**
   * Returns whether the newest request has RTSP or ICE as its protocol, which Node's parser accepts as HTTP. Must be
   * called when Node reports the request.
   */
  hasOtherProtocol(request: IncomingMessage): boolean {
    return this.#pending.hasOtherProtocol(request);
  }

  /**
   * Returns the partial header that has arrived, one character for each byte, beginning with the request line.
   *
   * @param chunk the chunk that Node is parsing
   * @param position the offset in it at which the parser stopped
   */
  pendingHeader(chunk?: Buffer, position = 0): string {
    if (!chunk) return this.#pending.text;
    const text = this.#pending.with(chunk.subarray(0, position), this.#isChunked);
    if (text.includes('\n')) return text;
    const end = chunk.indexOf('\n', position);
    return text + chunk.toString('latin1', position, end === -1 ? chunk.length : end);
  }

  /**
   * Returns the partial header that has arrived, as `pendingHeader` does, with all that the parser has not read.
   *
   * @param position the offset in the slice that Node is parsing at which the parser stopped
   */
  arrivedHeader(position: number): string {
    return this.#pending.withRest(position, this.#isChunked);
  }
}

/**
 * Whether Node has paused the socket, because its responses are not read. Node resumes it when they are, and fails if
 * its parser gets anything before.
 */
function isPausedByNode(socket: Socket): boolean {
  // Node's types do not declare it.
  return (socket as { _paused?: boolean })._paused === true;
}
