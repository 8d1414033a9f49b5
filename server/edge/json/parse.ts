// Reads a body from bytes to a value in two parts, or throws an error that says where it is not JSON. The first part
// needs the bytes only, so that it can run in another thread.
import { isUtf8 } from 'node:buffer';
import { type Contract, type OperationEntry, type RequestBody, resolve } from '../../../openapi/model/contract.ts';
import { parseRewritten, type Rewritten, rewriteNames } from '../../text/parse-json.ts';
import { ApiError } from '../errors.ts';
import { decodeText } from './decode-text.ts';
import { describeBadUtf8, describeSyntaxError } from './describe-malformed.ts';
import type { Cut } from './omitted-parts.ts';
import { JsonSyntaxError } from './scanner.ts';
import { createOutline, type Outline } from './schema-precheck.ts';
import { type Truncated, truncate } from './truncate.ts';

/** What the scan of a body looks for. */
export interface ScanRules {
  /** The outline of the schema of the body. */
  outline: Outline;
  /** The number of violations that a response lists. If an array or object has more, the rest is left out. */
  limit: number;
}

/** A scanned text. */
export interface Scanned extends Truncated {
  /** What is to be parsed instead of the text, if one of its names has an escape. */
  rewritten?: Rewritten | undefined;
}

const cuts = new WeakMap<object, Cut>();
const rejected = new WeakSet<object>();

/**
 * Returns whether `scanBytes` found a violation in the body, which a later property of the same name may have replaced.
 */
export function isRejected(body: unknown): boolean {
  return typeof body === 'object' && body !== null && rejected.has(body);
}

/** Returns what was left out of a body that `parseScanned` returned. */
export function cutOf(body: unknown): Cut | undefined {
  return typeof body === 'object' && body !== null ? cuts.get(body) : undefined;
}

/** Returns the rules for the body of an operation. */
export function scanRulesOf(contract: Contract, { operation }: OperationEntry, limit: number): ScanRules {
  const requestBody = operation.requestBody && resolve<RequestBody>(contract, operation.requestBody);
  return { outline: createOutline(contract, Object.values(requestBody?.content ?? {})[0]?.schema ?? {}), limit };
}

/**
 * Returns the text without what would only be counted: that would take longer than everything else. Throws an
 * `ApiError('MalformedJson')`.
 */
export function scanBytes(bytes: Buffer, { outline, limit }: ScanRules): Scanned {
  const text = skipByteOrderMark(checkUtf8(bytes));
  try {
    const truncated = truncate(text, outline, limit);
    if (!truncated.hasEscapedName) return truncated;
    return { ...truncated, rewritten: rewriteNames(truncated.text) };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new ApiError('MalformedJson', { message: describeSyntaxError(error, text), cause: error });
  }
}

/** Returns the value of a scanned text. `cutOf` returns what was left out of it. */
export function parseScanned({ text, rewritten, cut, isRejected }: Scanned): unknown {
  const body: unknown = rewritten ? parseRewritten(rewritten) : JSON.parse(decodeText(text));
  if (typeof body !== 'object' || body === null) return body;
  if (cut) cuts.set(body, cut);
  if (isRejected) rejected.add(body);
  return body;
}

function checkUtf8(bytes: Buffer): Buffer {
  if (isUtf8(bytes)) return bytes;
  throw new ApiError('MalformedJson', { message: describeBadUtf8(bytes) });
}

/** Skips a byte order mark, which RFC 8259, section 8.1, lets a receiver ignore. */
function skipByteOrderMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
