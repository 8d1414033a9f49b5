// Parses a body from bytes to a value, or throws an error that says where it is not JSON.
import { isUtf8 } from 'node:buffer';
import { type Contract, type OperationEntry, type RequestBody, resolve } from '../../../openapi/model/contract.ts';
import { ApiError } from '../errors.ts';
import { describeBadUtf8, describeSyntaxError } from './describe-malformed.ts';
import type { Cut } from './omitted-parts.ts';
import { JsonSyntaxError } from './scanner.ts';
import { createOutline, type Outline } from './schema-precheck.ts';
import { type Truncated, truncate } from './truncate.ts';

/**
 * Parses a body. `reserve` is called with the text before it is parsed. Throws an `ApiError('MalformedJson')`, and any
 * error of `reserve`.
 */
export type ParseJson = (bytes: Buffer, reserve?: (text: Uint8Array) => void) => unknown;

const cuts = new WeakMap<object, Cut>();
const rejected = new WeakSet<object>();

/**
 * Returns whether `ParseJson` found a violation in the body, which a later property of the same name may have replaced.
 */
export function isRejected(body: unknown): boolean {
  return typeof body === 'object' && body !== null && rejected.has(body);
}

/** Returns what was left out of a body that `ParseJson` returned. */
export function cutOf(body: unknown): Cut | undefined {
  return typeof body === 'object' && body !== null ? cuts.get(body) : undefined;
}

/**
 * Creates the parser of an operation. If an array or object has more violations than a response lists, `limit`, it
 * leaves out the rest, which would take longer than everything else; `cutOf` returns what was left out.
 */
export function createParser(contract: Contract, entry: OperationEntry, limit: number): ParseJson {
  const requestBody = entry.operation.requestBody && resolve<RequestBody>(contract, entry.operation.requestBody);
  const outline = createOutline(contract, Object.values(requestBody?.content ?? {})[0]?.schema ?? {});
  return (bytes, reserve) => {
    const { text, cut, isRejected } = truncateText(skipByteOrderMark(checkUtf8(bytes)), outline, limit);
    reserve?.(text);
    const body: unknown = JSON.parse(text.toString('utf8'));
    if (typeof body !== 'object' || body === null) return body;
    if (cut) cuts.set(body, cut);
    if (isRejected) rejected.add(body);
    return body;
  };
}

function checkUtf8(bytes: Buffer): Buffer {
  if (isUtf8(bytes)) return bytes;
  throw new ApiError('MalformedJson', { message: describeBadUtf8(bytes) });
}

/** Skips a byte order mark, which RFC 8259, section 8.1, lets a receiver ignore. */
function skipByteOrderMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function truncateText(text: Buffer, outline: Outline, limit: number): Truncated {
  try {
    return truncate(text, outline, limit);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new ApiError('MalformedJson', { message: describeSyntaxError(error, text), cause: error });
  }
}
