// What the bodies that are expensive to process have in common.
import { hash } from 'node:crypto';

export interface AttackBody {
  /** Creates a body of at most this many bytes, unless it only grows when it is decompressed. */
  make(size: number): Buffer;
  type: 'InvalidRequest' | 'MalformedJson' | 'PayloadTooLarge' | 'Unavailable' | 'UnknownCustomers';
  /** The `Content-Encoding`, and the function that encodes the body. */
  encoding?: readonly [name: string, encode: (body: Buffer, size: number) => Buffer];
  /**
   * The number of violations that the response lists, if it is less than 100: all pointers that are too long share one
   * entry.
   */
  listed?: number;
}

export const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
/** The beginning and the end of a valid body, between which its members are. */
export const OPEN = `{"ownerId":"${OWNER}","memberIds":[`;
export const CLOSE = ']}';

/** Has as many random digits as a UUID of version 4 (RFC 9562), and is the same each time. */
export const uuid = (index: number) =>
  `"${hash('sha1', String(index)).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-a$4-$5')}"`;
/** Writes each code unit as an escape of JSON. */
export const escapeAll = (text: string) =>
  text.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Encodes a body of this size, with its headers. */
export function encodeAttack({ make, encoding }: AttackBody, size: number) {
  const plain = make(size);
  if (!encoding) return { plain, body: plain, headers: {} };
  const [name, encode] = encoding;
  return { plain, body: encode(plain, size), headers: { 'content-encoding': name } };
}
