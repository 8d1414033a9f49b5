// Reads the request body: checks its size, and decodes its content coding.
import type { IncomingMessage } from 'node:http';
import type { Request, Response } from 'express';
import { ApiError } from '../errors.ts';
import type { MemoryBudget } from '../memory/memory-budget.ts';
import { memoryOf, type RequestMemory } from '../memory/request-memory.ts';
import { BodyBlocks } from './body-blocks.ts';
import { BODY_LIMIT, decodeBlocks } from './decode-blocks.ts';
import { freeMemory } from './large-buffer.ts';
import { CODINGS, type Coding } from './sync-decompressor.ts';

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

/** The maximum sizes in bytes of small bodies, which take less than a millisecond each, and of medium ones. */
const SMALL_BODY = 32_768;
const MEDIUM_BODY = 65_536;

/** How a body is processed: see `parseInSteps`. */
export type BodyClass = 'small' | 'medium' | 'large';

/** Returns the class of a body by its size. A compressed one is large, because it may become so. */
export function classOf({ blocks, coding }: SentBody): BodyClass {
  if (coding !== undefined || blocks.length > MEDIUM_BODY) return 'large';
  return blocks.length > SMALL_BODY ? 'medium' : 'small';
}

/**
 * Returns the decoded body, and releases the body as it was sent. A large one is valid only until the next call. Throws
 * `PayloadTooLarge`, `MalformedJson` or `Unavailable`.
 */
export function decodeBody(sent: SentBody): Buffer {
  const { blocks, coding } = sent;
  if (classOf(sent) !== 'large') return blocks.join();
  return decodeBlocks({ blocks: blocks.takeAll(), length: blocks.length, coding });
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

/** Creates the error for a body whose connection was closed. */
export function cutOff(cause?: unknown): ApiError {
  return new ApiError('MalformedJson', { message: 'The body was cut off before its end.', cause });
}
