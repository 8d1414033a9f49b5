// Reads the request body: checks its size, decodes its content coding and parses its JSON.
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

/**
 * The maximum size in bytes, before and after decompression: `x-limits` of the contract. The largest valid body needs
 * about 400,000.
 */
export const BODY_LIMIT = limits.requestBodyBytes;

/** The number of bytes that every request is already charged for its parsed body. */
const UNCOUNTED_REQUEST_BYTES = 4096;

/** A body as it was sent. */
export interface SentBody {
  blocks: BodyBlocks;
  coding: Coding | undefined;
  memory: RequestMemory;
}

/**
 * Reads the body as it was sent; undefined if there is none. It counts against `budget`, unless `listen` already counts
 * it. Throws `PayloadTooLarge`, `MalformedJson` or `Unavailable`.
 */
export async function readBody(
  request: Request,
  response: Response,
  budget?: MemoryBudget,
): Promise<SentBody | undefined> {
  // Otherwise the body would be rejected only after `BODY_LIMIT` of it has been read.
  if ((declaredLength(request) ?? 0) > BODY_LIMIT) throw new ApiError('PayloadTooLarge');
  const memory = memoryOf(request, response, budget);
  const blocks = await receive(request, memory);
  if (blocks.length === 0) return undefined;
  const coding = CODINGS.find((each) => each === request.headers['content-encoding']);
  return { blocks, coding, memory };
}

/** Returns whether the body must wait for its turn in `LargeBodies`, because it is large or compressed. */
export function needsTurn({ blocks, coding }: SentBody): boolean {
  return blocks.length > LARGE_BODY || coding !== undefined;
}

/**
 * Returns the decoded body, and releases the body as it was sent. A large one is valid only until the next call. Throws
 * `PayloadTooLarge`, `MalformedJson` or `Unavailable`.
 */
export function decodeBody(sent: SentBody): Buffer {
  const { blocks, coding } = sent;
  if (!needsTurn(sent)) return blocks.join();
  try {
    // Copied, because V8 reads single bytes of mapped memory up to three times as slowly: see `allocateLarge`.
    return coding ? decompress(blocks.join(), coding, BODY_LIMIT) : blocks.copyTo(decodeBuffer(blocks.length));
  } finally {
    blocks.free();
  }
}

/** Returns the parsed value, or undefined for an empty body. Throws `MalformedJson` or `Unavailable`. */
export function parseBytes(bytes: Buffer, { memory }: SentBody, parse: ParseJson): unknown {
  if (bytes.length === 0) return undefined;
  return parse(bytes, (text) => {
    // If there is no rejection, the connection has closed meanwhile.
    if (text.length > UNCOUNTED_REQUEST_BYTES && !memory.tryAdd(estimateParsed(text)))
      throw memory.rejection ?? cutOff();
  });
}

function declaredLength({ headers }: IncomingMessage): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

/** Resolves with the body as it was sent, which is counted until the response closes. */
function receive(request: IncomingMessage, memory: RequestMemory): Promise<BodyBlocks> {
  return new Promise((settle, fail) => {
    const body = new BodyBlocks(memory, declaredLength(request) ?? BODY_LIMIT);
    memory.onRejected((error) => {
      body.drop();
      fail(error);
    });
    if (memory.rejection) return;
    memory.releaseUnread();
    request.on('data', (chunk: Buffer) => {
      // The rest is read and dropped, because a client that is still sending does not read the response.
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
