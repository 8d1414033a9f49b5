// The worker thread of scan-thread.ts. It handles one message at a time.
import { parentPort } from 'node:worker_threads';
import { ApiError } from '../../errors.ts';
import type { ScanRules } from '../../json/parse.ts';
import type { Outline } from '../../json/schema-precheck.ts';
import { lowerPriority } from './lower-priority.ts';
import { type ScannedBody, scanSent } from './scan-body.ts';
import type { ScanReply, ScanRequest } from './scan-thread.ts';

lowerPriority();

/** The rules so far, by their number. */
const knownRules: ScanRules[] = [];

parentPort?.on('message', (request: ScanRequest) => {
  const reply = scan(request);
  parentPort?.postMessage(reply, 'body' in reply ? memoryOf(reply.body) : []);
});

function scan({ blocks, length, coding, rulesId, rules, keepsDecoded }: ScanRequest): ScanReply {
  if (rules) knownRules[rulesId] = { ...rules, outline: withBuffers(rules.outline) };
  const known = knownRules[rulesId];
  if (!known) throw new Error(`There are no rules ${rulesId}.`);
  const sent = { blocks: blocks.map((block) => Buffer.from(block)), length, coding };
  try {
    return { body: scanSent(sent, known, keepsDecoded) };
  } catch (error) {
    // Any other error is a fault of this program, and ends the thread.
    if (!(error instanceof ApiError)) throw error;
    const { type, message, headers, cause } = error;
    return { error: { type, message, headers, cause } };
  }
}

/** Returns the memory of a body, which is to be moved. `allocateLarge` has allocated it, so it is not shared. */
function memoryOf({ remaining, decoded }: ScannedBody): ArrayBuffer[] {
  return [remaining?.text, decoded].flatMap((bytes) => (bytes ? [bytes.buffer as ArrayBuffer] : []));
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
