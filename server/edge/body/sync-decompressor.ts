// Decompresses on this thread, some bytes at a time, so that its time can be measured and bounded. Node's streams use
// other threads, and its functions for this thread, such as `gunzipSync`, take all at once.
import type { Transform } from 'node:stream';
// As a whole: Node 20 has no zstd, and would refuse the import before its version is checked.
import zlib from 'node:zlib';

/** Content codings that can be decompressed (RFC 9110, section 8.4.1; RFC 7932; RFC 9659). */
export const CODINGS = ['gzip', 'deflate', 'br', 'zstd'] as const;
export type Coding = (typeof CODINGS)[number];

/**
 * What Node's streams of zlib, Brotli and zstd do their work with. It is not documented; pngjs and minizlib, which is
 * in npm, have used it for years.
 */
interface ZlibStream extends Transform {
  _handle: {
    writeSync(flush: number, from: Buffer, start: number, length: number, to: Buffer, at: number, room: number): void;
    onerror(message: string, errno: number, code: string): void;
  };
  /** After each call of `writeSync`: the bytes for which there is room still, and those that were not taken. */
  _writeState: Uint32Array;
}

const { BROTLI_OPERATION_FINISH, ZSTD_d_windowLogMax, ZSTD_e_end, Z_FINISH } = zlib.constants;

interface Entry {
  create(): Transform;
  /** For the last bytes: an error if the body is cut off. */
  finish: number;
}
const ENTRIES: Record<Coding, Entry> = {
  gzip: { create: () => zlib.createGunzip(), finish: Z_FINISH },
  deflate: { create: () => zlib.createInflate(), finish: Z_FINISH },
  br: { create: () => zlib.createBrotliDecompress(), finish: BROTLI_OPERATION_FINISH },
  // The largest window that an encoder may use for HTTP is 8 MiB: RFC 9659, section 3.
  zstd: { create: () => zlib.createZstdDecompress({ params: { [ZSTD_d_windowLogMax]: 23 } }), finish: ZSTD_e_end },
};

/** Decompresses one body. `close` it in the end. */
export class SyncDecompressor {
  readonly #stream: ZlibStream;
  readonly #finish: number;
  readonly #from: Buffer;
  readonly #to: Buffer;
  #error: Error | undefined;
  /** Bytes of `from` that are taken. */
  taken = 0;
  /** Bytes that are written to `to`. */
  written = 0;

  /** From the beginning of one buffer to the beginning of the other. */
  constructor(coding: Coding, from: Buffer, to: Buffer) {
    const { create, finish } = ENTRIES[coding];
    // Node's types lack what is not documented.
    this.#stream = create() as ZlibStream;
    this.#finish = finish;
    this.#from = from;
    this.#to = to;
    this.#stream._handle.onerror = (message, _, code) => {
      this.#error = new Error(`${message} (${code})`);
    };
  }

  /** Takes up to this number of bytes. Throws if they are not valid, or none is taken: what follows the end is not. */
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
