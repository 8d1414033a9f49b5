// Parses a body: from bytes to a value, or to an error that says where it is not JSON.
import { isUtf8 } from 'node:buffer';
import { type Contract, type OperationEntry, type RequestBody, resolve } from '../../../openapi/model/contract.ts';
import { ApiError } from '../errors.ts';
import { describeBadUtf8, describeSyntaxError } from './describe-malformed.ts';
import type { Cut } from './omitted-parts.ts';
import { JsonSyntaxError } from './scanner.ts';
import { createOutline, type Outline } from './schema-precheck.ts';
import { type Truncated, truncate } from './truncate.ts';

/**
 * Parses a body. `reserve` is called with what is going to be parsed. Throws an `ApiError('MalformedJson')`, or what
 * `reserve` throws.
 */
export type ParseJson = (bytes: Buffer, reserve?: (text: Uint8Array) => void) => unknown;

const cuts = new WeakMap<object, Cut>();
const refused = new WeakSet<object>();

/** Whether `ParseJson` saw that the body breaks its schema, unless a later property took the place of what does. */
export function isRefused(body: unknown): boolean {
  return typeof body === 'object' && body !== null && refused.has(body);
}

/** What was left out of a body that `ParseJson` returned. */
export function cutOf(body: unknown): Cut | undefined {
  return typeof body === 'object' && body !== null ? cuts.get(body) : undefined;
}

/**
 * The parser of an operation. Of a body with more violations in one array or object than a response lists, `limit`, it
 * leaves out the rest, which would take longer than all else; `cutOf` returns how much that is.
 */
export function createParser(contract: Contract, entry: OperationEntry, limit: number): ParseJson {
  const requestBody = entry.operation.requestBody && resolve<RequestBody>(contract, entry.operation.requestBody);
  const outline = createOutline(contract, Object.values(requestBody?.content ?? {})[0]?.schema ?? {});
  return (bytes, reserve) => {
    const { text, cut, isRefused } = truncateText(skipByteOrderMark(checkUtf8(bytes)), outline, limit);
    reserve?.(text);
    const body: unknown = JSON.parse(text.toString('utf8'));
    if (typeof body !== 'object' || body === null) return body;
    if (cut) cuts.set(body, cut);
    if (isRefused) refused.add(body);
    return body;
  };
}

function checkUtf8(bytes: Buffer): Buffer {
  if (isUtf8(bytes)) return bytes;
  throw new ApiError('MalformedJson', { message: describeBadUtf8(bytes) });
}

/** A byte order mark is no JSON, but RFC 8259, section 8.1, lets a receiver ignore it. */
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
