// The worker thread of scan-thread.ts. It handles one message at a time.
import { parentPort } from 'node:worker_threads';
import { ApiError } from '../../errors.ts';
import type { ScanRules } from '../../json/parse.ts';
import type { Outline } from '../../json/schema-precheck.ts';
import { decodeBlocks } from '../decode-blocks.ts';
import { allocateLarge } from '../large-buffer.ts';
import { scanDecoded } from './scan-body.ts';
import type { ScanReply, ScanRequest } from './scan-thread.ts';

/** The rules so far, by their number. */
const knownRules: ScanRules[] = [];

parentPort?.on('message', (request: ScanRequest) => {
  const moved: ArrayBuffer[] = [];
  const reply = scan(request, moved);
  parentPort?.postMessage(reply, moved);
});

/** Scans a body, and adds the memory of the result, which is to be moved, to `moved`. */
function scan({ blocks, length, coding, rulesId, rules, keepsDecoded }: ScanRequest, moved: ArrayBuffer[]): ScanReply {
  if (rules) knownRules[rulesId] = { ...rules, outline: withBuffers(rules.outline) };
  const known = knownRules[rulesId];
  if (!known) throw new Error(`There are no rules ${rulesId}.`);
  /** Copies bytes that the next body overwrites, or that share their memory. */
  const move = (bytes: Buffer) => {
    const copy = allocateLarge(bytes.length);
    copy.set(bytes);
    moved.push(copy.buffer as ArrayBuffer); // allocateLarge allocates no shared memory.
    return copy;
  };
  try {
    const decoded = decodeBlocks({ blocks: blocks.map((block) => Buffer.from(block)), length, coding });
    const body = scanDecoded(decoded, known, keepsDecoded);
    const { remaining } = body;
    const cut = remaining && { ...remaining, text: move(remaining.text) };
    return { body: { ...body, decoded: body.decoded && move(body.decoded), remaining: cut } };
  } catch (error) {
    // Any other error is a fault of this program, and ends the thread.
    if (!(error instanceof ApiError)) throw error;
    const { type, message, headers, cause } = error;
    return { error: { type, message, headers, cause } };
  }
}

/** Returns the outline with a Buffer for each name, as the scanner expects: see `NameTable`. */
function withBuffers(outline: Outline): Outline {
  const { object, items } = outline;
  return {
    ...outline,
    items: items && withBuffers(items),
    object: object && {
      ...object,
      properties: object.properties.map(({ name, bytes, text, outline: each }) => ({
        name,
        bytes: Buffer.from(bytes),
        text: Buffer.from(text),
        outline: withBuffers(each),
      })),
    },
  };
}
