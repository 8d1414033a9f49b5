// Prism, in a thread of its own: it takes a second to load and may take long to make a body up, and meanwhile other requests are answered.
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Route } from '../generated/operations.ts';
import type { Contract } from '../openapi/model/contract.ts';

/** What may be asked of Prism. Without anything it gives the first example of the lowest 2xx status. */
export interface Wish {
  code?: number;
  /** Name of an example; needs `code` unless it is one of the lowest 2xx status. */
  example?: string;
  /** A body made up from the schema. */
  dynamic?: boolean;
  /** Makes the same dynamic body again. */
  seed?: string;
}

/** An answer as Prism gives it: headers by the names of the contract, null where it found no value. */
export interface PrismAnswer {
  status: number;
  headers: Record<string, unknown>;
  body: unknown;
}

export interface Prism {
  /** Begins to load Prism, if nobody has asked anything yet. */
  load(): void;
  /** Waits until Prism is loaded. Rejects with Prism's own error when the contract has no such answer. */
  answer(route: Route, wish: Wish): Promise<PrismAnswer>;
  /** Ends the thread; what is still asked of it is rejected. */
  close(): Promise<void>;
}

/** What goes to the thread. */
export interface Question {
  id: number;
  method: string;
  path: string;
  wish: Wish;
}

/** What comes back. */
export interface Reply {
  id: number;
  result: { answer: PrismAnswer } | { fault: string };
}

/** Prism for this contract; nothing is loaded before it is needed. */
export function createPrism(contract: Contract): Prism {
  const asked = new Map<number, PromiseWithResolvers<PrismAnswer>>();
  let thread: Worker | undefined;
  let ended: Error | undefined;
  let count = 0;

  const end = (error: Error) => {
    ended ??= error;
    for (const question of asked.values()) question.reject(ended);
    asked.clear();
  };
  const takeReply = ({ id, result }: Reply) => {
    const question = asked.get(id);
    asked.delete(id);
    if ('answer' in result) question?.resolve(result.answer);
    else question?.reject(new Error(`Prism: ${result.fault}`));
  };
  const start = (): Worker =>
    // Without the flags of the process, which may be meant for its own entry point, such as `--input-type`. A small nursery saves 30 MB: Prism is asked seldom.
    new Worker(THREAD, { workerData: contract, execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: 4 } })
      .on('message', takeReply)
      .on('error', (cause) => end(new Error('Prism broke down.', { cause })))
      .on('exit', () => end(new Error('Prism has ended.')));

  return {
    load() {
      thread ??= start();
    },
    answer({ method, path }, wish) {
      if (ended) return Promise.reject(ended);
      thread ??= start();
      const question = Promise.withResolvers<PrismAnswer>();
      asked.set(++count, question);
      thread.postMessage({ id: count, method, path, wish } satisfies Question);
      return question.promise;
    },
    async close() {
      await thread?.terminate();
    },
  };
}

/** The file next to this one, as TypeScript or built. */
const THREAD = new URL(`./prism-worker${extname(import.meta.url)}`, import.meta.url);
