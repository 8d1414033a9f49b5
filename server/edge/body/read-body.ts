// The request body on its way in: size, content coding, JSON. Each violation has an error of its own.
import type { IncomingMessage } from 'node:http';
import type { Request, Response } from 'express';
import { limits } from '../../../generated/limits.ts';
import { ApiError } from '../errors.ts';
import type { ParseJson } from '../json/parse.ts';
import { estimateParsed } from '../json/parsed-size.ts';
import type { MemoryBudget } from '../memory/memory-budget.ts';
import { memoryOf, type RequestMemory } from '../memory/request-memory.ts';
import { BodyBlocks } from './body-blocks.ts';
import { decodeBuffer } from './decode-buffer.ts';
import { decompress } from './decompress.ts';
import { LARGE_BODY } from './large-bodies.ts';
import { freeMemory } from './large-buffer.ts';
import { CODINGS, type Coding } from './sync-decompressor.ts';

/** Bytes, as sent and after decompression: `x-limits` of the contract. The largest valid body needs about 400,000. */
export const BODY_LIMIT = limits.requestBodyBytes;

/** Each request is already charged this many bytes for its parsed body. */
const UNCOUNTED_REQUEST_BYTES = 4096;

/** A body as it was sent. */
interface SentBody {
  blocks: BodyBlocks;
  coding: Coding | undefined;
  memory: RequestMemory;
}

/**
 * The body as it was sent, or undefined when there is none. `budget` is where it is counted, unless `listen` counts it
 * already. Throws `PayloadTooLarge`, `MalformedJson` or `Unavailable`.
 */
export async function readBody(
  request: Request,
  response: Response,
  budget?: MemoryBudget,
): Promise<SentBody | undefined> {
  // The body would be refused only after all of it was read and dropped.
  if ((declaredLength(request) ?? 0) > BODY_LIMIT) throw new ApiError('PayloadTooLarge');
  const memory = memoryOf(request, response, budget);
  const blocks = await receive(request, memory);
  if (blocks.length === 0) return undefined;
  const coding = CODINGS.find((each) => each === request.headers['content-encoding']);
  return { blocks, coding, memory };
}

/** Whether the body waits for its turn in `LargeBodies`: it is large, or compressed to an unknown size. */
export function needsTurn({ blocks, coding }: SentBody): boolean {
  return blocks.length > LARGE_BODY || coding !== undefined;
}

/**
 * The body without its content coding. A large one stands there until the next call only, and is released as it was
 * sent. Throws `PayloadTooLarge`, `MalformedJson` or `Unavailable`.
 */
export function decodeBody(sent: SentBody): Buffer {
  const { blocks, coding } = sent;
  if (!needsTurn(sent)) return blocks.join();
  try {
    // V8 reads single bytes of mapped memory up to three times as slowly, so they are copied: `allocateLarge`.
    return coding ? decompress(blocks.join(), coding, BODY_LIMIT) : blocks.copyTo(decodeBuffer(blocks.length));
  } finally {
    blocks.free();
  }
}

/** The value of a body, or undefined when there is nothing in it. Throws `MalformedJson` or `Unavailable`. */
export function parseBody(bytes: Buffer, { memory }: SentBody, parse: ParseJson): unknown {
  if (bytes.length === 0) return undefined;
  return parse(bytes, (text) => {
    // Without a rejection, the connection has ended meanwhile.
    if (text.length > UNCOUNTED_REQUEST_BYTES && !memory.tryAdd(estimateParsed(text)))
      throw memory.rejection ?? cutOff();
  });
}

function declaredLength({ headers }: IncomingMessage): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

/** Resolves with the body as it was sent, which is counted until the response is closed. */
function receive(request: IncomingMessage, memory: RequestMemory): Promise<BodyBlocks> {
  return new Promise((settle, fail) => {
    const body = new BodyBlocks(memory, declaredLength(request) ?? BODY_LIMIT);
    memory.onRejected((error) => {
      body.drop();
      fail(error);
    });
    if (memory.rejection) return;
    memory.unpark();
    request.on('data', (chunk: Buffer) => {
      // The rest is read and dropped: a client that is sending does not look for a response.
      if (memory.rejection) freeMemory(chunk);
      else if (body.length + chunk.length <= BODY_LIMIT) body.append(chunk);
      else memory.reject(new ApiError('PayloadTooLarge'));
    });
    request.on('end', () => {
      memory.offRejected();
      settle(body);
    });
    request.on('error', (cause) => {
      body.drop();
      fail(cutOff(cause));
    });
  });
}

function cutOff(cause?: unknown): ApiError {
  return new ApiError('MalformedJson', { message: 'The body was cut off before its end.', cause });
}
