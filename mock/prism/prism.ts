// Runs Prism in a worker thread. Loading takes about a second and generating a body may take long, so neither blocks
// the edge.
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Contract } from '../../openapi/model/contract.ts';
import type { RouteEntry } from '../../openapi/model/operation-tables.ts';
import type { Preference as AnyPreference } from '../core/preferences.ts';

/** The preference for a body that Prism generates, or for an example of the status. */
export type Preference = Omit<AnyPreference, 'scenario'> & {
  /** The name of an example. */
  example?: string;
};

/** A response of Prism. Headers are named as in the contract; a header without an example is null. */
export interface PrismResponse {
  status: number;
  headers: Record<string, unknown>;
  body: unknown;
}

export interface Prism {
  /** Starts loading Prism, unless that has already begun. */
  load(): void;
  /** Loads Prism if necessary. Rejects with Prism's error when the contract has no such response. */
  respond(route: Pick<RouteEntry, 'method' | 'path'>, preference: Preference): Promise<PrismResponse>;
  /** Terminates the thread. Pending calls reject. */
  close(): Promise<void>;
}

/** A message from the main thread to Prism's thread. */
export interface PrismRequest {
  id: number;
  method: string;
  path: string;
  preference: Preference;
}

/** A message from Prism's thread to the main thread. */
export interface PrismReply {
  id: number;
  result: { response: PrismResponse } | { error: string };
}

/** Creates Prism for a contract. Nothing is loaded before the first call of `load` or `respond`. */
export function createPrism(contract: Contract): Prism {
  const pending = new Map<number, PromiseWithResolvers<PrismResponse>>();
  let thread: Worker | undefined;
  let failure: Error | undefined;
  let lastId = 0;

  const fail = (error: Error) => {
    failure ??= error;
    for (const call of pending.values()) call.reject(failure);
    pending.clear();
  };
  const settle = ({ id, result }: PrismReply) => {
    const call = pending.get(id);
    pending.delete(id);
    if ('response' in result) call?.resolve(result.response);
    else call?.reject(new Error(`Prism: ${result.error}`));
  };
  const start = (): Worker =>
    new Worker(WORKER, {
      workerData: contract,
      // Flags of this process, such as `--input-type`, may apply to its own entry point only.
      execArgv: [],
      // Saves 30 MB. Prism is called rarely, so frequent collections of a small young generation do not matter.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    })
      .on('message', settle)
      .on('error', (cause) => fail(new Error('Prism crashed.', { cause })))
      .on('exit', () => fail(new Error('Prism is closed.')));

  return {
    load() {
      thread ??= start();
    },
    respond({ method, path }, preference) {
      if (failure) return Promise.reject(failure);
      thread ??= start();
      const call = Promise.withResolvers<PrismResponse>();
      lastId += 1;
      pending.set(lastId, call);
      thread.postMessage({ id: lastId, method, path, preference } satisfies PrismRequest);
      return call.promise;
    },
    async close() {
      await thread?.terminate();
    },
  };
}

/** The worker beside this file: TypeScript in the repository, JavaScript in the package. */
const WORKER = new URL(`./prism-worker${extname(import.meta.url)}`, import.meta.url);
