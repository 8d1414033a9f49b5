// Decodes and scans large and compressed bodies in a worker thread: each takes milliseconds, in which this thread
// serves other clients.
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ErrorType } from '../../../../generated/operations.ts';
import { ApiError, unavailable } from '../../errors.ts';
import type { ScanRules } from '../../json/parse.ts';
import { movableMemory } from '../large-buffer.ts';
import type { SentBody } from '../read-body.ts';
import type { Coding } from '../sync-decompressor.ts';
import { hasAddressSpace } from './address-space.ts';
import { type ScannedBody, scanSent } from './scan-body.ts';

/** A message to the thread. */
export interface ScanRequest {
  /** The body as it was sent: see `SentBlocks`. */
  blocks: ArrayBuffer[];
  length: number;
  coding: Coding | undefined;
  /** The number of the rules. */
  rulesId: number;
  /** The rules, with the first body that needs them. */
  rules: ScanRules | undefined;
  keepsDecoded: boolean;
}

/** The result of each message, in their order. */
export type ScanReply = { body: ScannedBody } | { error: SentError };

/** An `ApiError`, which would lose its class on the way. */
export interface SentError {
  type: ErrorType;
  message: string;
  headers: Record<string, string | number>;
  cause: unknown;
}

/** A thread that scans one body after the other. It starts with the first body, and again after a crash. */
export class ScanThread {
  #thread: Worker | undefined;
  #pending: PromiseWithResolvers<ScannedBody>[] = [];
  /** The number of each rules that the thread knows. */
  #rulesIds = new Map<ScanRules, number>();
  readonly #createWorker: () => Worker | undefined;

  /** `createWorker` returns undefined where no thread can start. Bodies are then scanned in this one. */
  constructor(createWorker: () => Worker | undefined = createScanWorker) {
    this.#createWorker = createWorker;
  }

  /**
   * Decodes and scans a body, whose blocks are moved to the thread. `keepsDecoded`: whether the result has the decoded
   * body. Rejects with `PayloadTooLarge`, `MalformedJson` or `Unavailable`, or with another error if the thread crashes
   * at this body. Throws `Unavailable` if the system has no room for a thread.
   */
  scan({ blocks, coding }: SentBody, rules: ScanRules, keepsDecoded: boolean): Promise<ScannedBody> {
    this.#thread ??= this.#start();
    if (!this.#thread) return scanHere({ blocks, coding }, rules, keepsDecoded);
    const known = this.#rulesIds.get(rules);
    const rulesId = known ?? this.#rulesIds.size;
    const { length } = blocks;
    const moved = blocks.takeAll().map(movableMemory);
    const request: ScanRequest = {
      blocks: moved,
      length,
      coding,
      rulesId,
      rules: known === undefined ? rules : undefined,
      keepsDecoded,
    };
    this.#thread.postMessage(request, moved);
    this.#rulesIds.set(rules, rulesId);
    const scanned = Promise.withResolvers<ScannedBody>();
    this.#pending.push(scanned);
    return scanned.promise;
  }

  #start(): Worker | undefined {
    const thread = this.#tryCreateWorker();
    if (!thread) return undefined;
    let isRunning = false;
    thread.on('online', () => {
      isRunning = true;
    });
    thread.on('message', (reply: ScanReply) => this.#settle(reply));
    thread.on('error', (cause) => this.#fail(thread, isRunning, cause));
    thread.on('exit', (code) => this.#fail(thread, isRunning, new Error(`The thread ended with ${code}.`)));
    // It must not keep the process running.
    thread.unref();
    return thread;
  }

  #tryCreateWorker(): Worker | undefined {
    try {
      return this.#createWorker();
    } catch (cause) {
      throw unavailable({ message: NO_THREAD, cause });
    }
  }

  #settle(reply: ScanReply): void {
    const scanned = this.#pending.shift();
    if ('body' in reply) {
      scanned?.resolve(withBuffers(reply.body));
    } else {
      const { type, ...options } = reply.error;
      scanned?.reject(new ApiError(type, options));
    }
  }

  /**
   * Rejects the bodies that the thread had, and lets the next body start another. Only the first of them may be the
   * reason, if the thread was running.
   */
  #fail(thread: Worker, isRunning: boolean, cause: Error): void {
    if (thread !== this.#thread) return;
    const pending = this.#pending;
    this.#thread = undefined;
    this.#pending = [];
    this.#rulesIds = new Map();
    const first = isRunning ? pending.shift() : undefined;
    first?.reject(new Error('The thread that scans bodies crashed.', { cause }));
    for (const scanned of pending) scanned.reject(unavailable({ message: NO_THREAD, cause }));
  }
}

const NO_THREAD =
  'The server cannot read large or compressed bodies now. Retry after the number of seconds in Retry-After.';

function createScanWorker(): Worker | undefined {
  if (!hasAddressSpace()) return undefined;
  return new Worker(WORKER, {
    // Without flags of this process: some, such as `--input-type`, apply to its own entry point only.
    execArgv: EXTENSION === '.ts' ? ['--require', fileURLToPath(COMPILE_CACHE)] : [],
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
}

/** Scans a body in this thread. */
async function scanHere(
  { blocks, coding }: Pick<SentBody, 'blocks' | 'coding'>,
  rules: ScanRules,
  keepsDecoded: boolean,
): Promise<ScannedBody> {
  const { length } = blocks;
  return scanSent({ blocks: blocks.takeAll(), length, coding }, rules, keepsDecoded);
}

/** A Buffer loses its class on the way. */
function withBuffers({ remaining, decoded, ...body }: ScannedBody): ScannedBody {
  return {
    ...body,
    decoded: decoded && Buffer.from(decoded.buffer),
    remaining: remaining && { ...remaining, text: Buffer.from(remaining.text.buffer) },
  };
}

/** The thread of this process, for all its apps. */
export const processScanThread = new ScanThread();

/** TypeScript in the repository, JavaScript in the package. */
const EXTENSION = extname(import.meta.url);
const WORKER = new URL(`./scan-worker${EXTENSION}`, import.meta.url);
/** Enables the compile cache. Without it, the thread would load Node's TypeScript compiler, which takes 30 MB. */
const COMPILE_CACHE = new URL('../../../require-node.cjs', import.meta.url);
