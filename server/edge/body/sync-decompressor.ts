// Decompresses on this thread, some bytes at a time, so that its time can be measured and limited. Node's streams use
// other threads, and its synchronous functions, such as `gunzipSync`, process the whole body at once.
import type { Transform } from 'node:stream';
// Imported as a whole: Node 20 has no zstd, so a named import would fail before the version of Node is checked.
import zlib from 'node:zlib';

/** Content codings that can be decompressed (RFC 9110, section 8.4.1; RFC 7932; RFC 9659). */
export const CODINGS = ['gzip', 'deflate', 'br', 'zstd'] as const;
export type Coding = (typeof CODINGS)[number];

/**
 * The internals of Node's zlib, Brotli and zstd streams. They are not documented, but pngjs and minizlib, on which npm
 * depends, have used them for years.
 */
interface ZlibStream extends Transform {
  _handle: {
    writeSync(flush: number, from: Buffer, start: number, length: number, to: Buffer, at: number, room: number): void;
    onerror(message: string, errno: number, code: string): void;
  };
  /** The free output bytes and the remaining input bytes after the last call of `writeSync`. */
  _writeState: Uint32Array;
}

const { BROTLI_OPERATION_FINISH, ZSTD_d_windowLogMax, ZSTD_e_end, Z_FINISH } = zlib.constants;

interface Entry {
  create(): Transform;
  /** The flush flag for the last bytes, which makes a truncated body an error. */
  finish: number;
}
const ENTRIES: Record<Coding, Entry> = {
  gzip: { create: () => zlib.createGunzip(), finish: Z_FINISH },
  deflate: { create: () => zlib.createInflate(), finish: Z_FINISH },
  br: { create: () => zlib.createBrotliDecompress(), finish: BROTLI_OPERATION_FINISH },
  // RFC 9659, section 3: an encoder for HTTP must not use a window of more than 8 MiB.
  zstd: { create: () => zlib.createZstdDecompress({ params: { [ZSTD_d_windowLogMax]: 23 } }), finish: ZSTD_e_end },
};

/** Decompresses one body. `close` must be called at the end. */
export class SyncDecompressor {
  readonly #stream: ZlibStream;
  readonly #finish: number;
  readonly #from: Buffer;
  readonly #to: Buffer;
  #error: Error | undefined;
  /** The number of bytes consumed from `from`. */
  taken = 0;
  /** The number of bytes written to `to`. */
  written = 0;

  /** Decompresses from the start of one buffer to the start of another. */
  constructor(coding: Coding, from: Buffer, to: Buffer) {
    const { create, finish } = ENTRIES[coding];
    // Node's types do not declare undocumented properties.
    this.#stream = create() as ZlibStream;
    this.#finish = finish;
    this.#from = from;
    this.#to = to;
    this.#stream._handle.onerror = (message, _, code) => {
      this.#error = Object.assign(new Error(`${message} (${code})`), { code });
    };
  }

  /**
   * Consumes up to this number of bytes. Throws if they are invalid, or if none is consumed because the data has ended.
   */
  take(bytes: number): void {
    const isLast = this.taken + bytes >= this.#from.length;
    const length = isLast ? this.#from.length - this.taken : bytes;
    const room = this.#to.length - this.written;
    const { _handle, _writeState } = this.#stream;
    _handle.writeSync(isLast ? this.#finish : 0, this.#from, this.taken, length, this.#to, this.written, room);
    const [roomLeft = 0, bytesLeft = 0] = _writeState;
    if (this.#error) throw this.#error;
    if (bytesLeft === length && roomLeft > 0) throw new Error('There are bytes after the end.');
    this.taken += length - bytesLeft;
    this.written += room - roomLeft;
  }

  /** Releases the memory of the decoder. */
  close(): void {
    this.#stream.destroy();
  }
}
