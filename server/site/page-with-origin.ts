// A page with its own origin filled in on the server, so that it works without scripts.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Request } from 'express';
import { LRUCache } from 'lru-cache';

/** Whatever a client may write into `Host`, none of it may mean anything in HTML or in a code sample. */
const HOST = /^(?:[a-z\d._-]{1,253}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;

/**
 * The origin under which a client requests, such as `http://127.0.0.1:3000`. A proxy must be trusted for what it says
 * about it. Without a usable `Host` it is the address of the connection.
 */
export function originOf({ protocol, host, socket }: Request): string {
  const { localAddress = 'localhost', localPort } = socket;
  const own = `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
  return `${protocol === 'https' ? 'https' : 'http'}://${host !== undefined && HOST.test(host) ? host : own}`;
}

/** Compressed pages that are kept, of 65 KB each. A server has few addresses, and a client can invent any number. */
const KEPT = 16;

/** 4.5 ms for a page of 400 KB; the best level takes 10 times as long for a tenth less. */
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

  /** The page at this origin, in parts that all its responses share. */
  at(origin: string): readonly Buffer[] {
    const address = Buffer.from(origin);
    return this.#parts.flatMap((part, index) => (index === 0 ? [part] : [address, part]));
  }

  /**
   * The page in this content coding. Undefined while another address is being compressed: a client that invents
   * addresses gets the page as it is, and takes no more than one thread.
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

/** The entity tag of a file, for its content at this origin. */
export function tagAt(origin: string, etag: string): string {
  const hash = createHash('sha256').update(origin).digest('base64url').slice(0, 8);
  return etag.replace(/"$/, `-${hash}"`);
}
