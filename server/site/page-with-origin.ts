// Fills the origin of a page in on the server, so that the page works without scripts.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Request } from 'express';
import { LRUCache } from 'lru-cache';

/** The accepted values of `Host`, none of which has a special meaning in HTML or in a code sample. */
const HOST = /^(?:[a-z\d._-]{1,253}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;

/**
 * Returns the origin that a client uses, such as `http://127.0.0.1:3000`. The headers of a proxy count only if it is
 * trusted. If `Host` is unusable, it is the address of the connection.
 */
export function originOf({ protocol, host, socket }: Request): string {
  const { localAddress = 'localhost', localPort } = socket;
  const own = `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
  return `${protocol === 'https' ? 'https' : 'http'}://${host !== undefined && HOST.test(host) ? host : own}`;
}

/**
 * The number of cached compressed pages, of 65 KB each. A server has few origins, but a client can invent any number.
 */
const KEPT = 16;

/** Compresses a page of 400 KB in 4.5 ms; the best level would take 10 times as long to save a tenth more. */
const COMPRESS: Record<string, (page: Buffer) => Promise<Buffer>> = {
  br: (page) => promisify(brotliCompress)(page, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: (page) => promisify(gzip)(page),
};

export class AddressedPage {
  readonly #parts: readonly Buffer[];
  readonly #compressed = new LRUCache<string, Promise<Buffer>>({ max: KEPT });
  #compressing = 0;

  constructor(content: Buffer, placeholder: string) {
    this.#parts = content
      .toString()
      .split(placeholder)
      .map((part) => Buffer.from(part));
  }

  /** Returns the page for this origin, in parts that all its responses share. */
  at(origin: string): readonly Buffer[] {
    const address = Buffer.from(origin);
    return this.#parts.flatMap((part, index) => (index === 0 ? [part] : [address, part]));
  }

  /**
   * Returns the compressed page. Undefined while the page of another origin is being compressed: a client that invents
   * origins gets uncompressed pages, and occupies only one thread.
   */
  compress(origin: string, coding: string): Promise<Buffer> | undefined {
    const compress = COMPRESS[coding];
    const key = `${coding} ${origin}`;
    const known = this.#compressed.get(key);
    if (known || !compress || this.#compressing > 0) return known;
    this.#compressing++;
    const compressed = compress(Buffer.concat(this.at(origin))).finally(() => this.#compressing--);
    this.#compressed.set(key, compressed);
    return compressed;
  }
}

/** Returns the entity tag of a file with its content for this origin. */
export function tagAt(origin: string, etag: string): string {
  const hash = createHash('sha256').update(origin).digest('base64url').slice(0, 8);
  return etag.replace(/"$/, `-${hash}"`);
}
