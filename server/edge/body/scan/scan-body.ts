// Scans a body before it is parsed, and parses what remains.
import { parseScanned, type Scanned, type ScanRules, scanBytes } from '../../json/parse.ts';
import { estimateParsed } from '../../json/parsed-size.ts';
import type { RequestMemory } from '../../memory/request-memory.ts';
import { decodeBlocks, type SentBlocks } from '../decode-blocks.ts';
import { allocateLarge } from '../large-buffer.ts';
import { cutOff } from '../read-body.ts';

/** The number of bytes that every request is already charged for its parsed body. */
const UNCOUNTED_REQUEST_BYTES = 4096;

/** A scanned body. */
export interface ScannedBody {
  /** The size of the decoded body in bytes. */
  length: number;
  /** The decoded body, if it is to be kept. */
  decoded: Buffer | undefined;
  /** The text that remains to be parsed; undefined for an empty body. */
  remaining: Scanned | undefined;
  /** The memory in bytes that its value will need, beyond what every request is charged. */
  parsedBytes: number;
}

const NOTHING = Buffer.alloc(0);

/** Scans a decoded body. Throws `MalformedJson`. */
export function scanDecoded(decoded: Buffer, rules: ScanRules, keepsDecoded: boolean): ScannedBody {
  const remaining = decoded.length === 0 ? undefined : scanBytes(decoded, rules);
  const isCounted = remaining !== undefined && remaining.text.length > UNCOUNTED_REQUEST_BYTES;
  return {
    length: decoded.length,
    decoded: keepsDecoded ? decoded : undefined,
    // The rewritten text has what this one has.
    remaining: remaining?.rewritten ? { ...remaining, text: NOTHING } : remaining,
    parsedBytes: isCounted ? estimateParsed(remaining.text) : 0,
  };
}

/**
 * Decodes and scans a body as it was sent. The result has memory of its own. Throws `PayloadTooLarge`, `MalformedJson`
 * or `Unavailable`.
 */
export function scanSent(sent: SentBlocks, rules: ScanRules, keepsDecoded: boolean): ScannedBody {
  const { remaining, decoded, ...body } = scanDecoded(decodeBlocks(sent), rules, keepsDecoded);
  return {
    ...body,
    decoded: decoded && copyOf(decoded),
    remaining: remaining && { ...remaining, text: copyOf(remaining.text) },
  };
}

/** Copies bytes that the next body overwrites, or that share their memory. */
function copyOf(bytes: Buffer): Buffer {
  const copy = allocateLarge(bytes.length);
  copy.set(bytes);
  return copy;
}

/** Returns the value of a scanned body, or undefined for an empty one. Throws `MalformedJson` or `Unavailable`. */
export function parseBody({ remaining, parsedBytes }: ScannedBody, memory: RequestMemory): unknown {
  // If there is no rejection, the connection has closed meanwhile.
  if (parsedBytes > 0 && !memory.tryAdd(parsedBytes)) throw memory.rejection ?? cutOff();
  return remaining && parseScanned(remaining);
}
