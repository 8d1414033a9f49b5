// Lets requests that arrive in the same tick of the event loop proceed together.
import { ClientQueue } from '../client-queue.ts';

/**
 * Resolves at the end of the tick, for all callers in this tick, one request of each client after the other. Those
 * beyond `BATCH_SIZE` or `BATCH_BYTES` resolve in later ticks. `bytes`: the size of the body.
 */
export type JoinBatch = (client: string, bytes: number) => Promise<void>;

/**
 * Creates a scheduler. Running one step for many requests is faster than running all steps of each: code and data of
 * the step are still in the processor's caches, and responses that are written together wake their reader once. There
 * is no timer, so a lone request waits only for data that can already be read. The mock served 13,000 requests a second
 * with it instead of 7,000, at 32 connections (2026-11-25).
 */
export function createBatchScheduler(): JoinBatch {
  const waiting = new ClientQueue<Waiting>(({ client }) => client);
  const continueBatch = () => {
    let bytes = 0;
    for (let count = 0; count < BATCH_SIZE && bytes < BATCH_BYTES; count++) {
      const next = waiting.take();
      if (!next) break;
      bytes += next.bytes;
      next.resume();
    }
    if (waiting.size > 0) setImmediate(continueBatch);
  };
  return (client, bytes) =>
    new Promise((resume) => {
      waiting.add({ client, bytes, resume });
      if (waiting.size === 1) setImmediate(continueBatch);
    });
}

interface Waiting {
  client: string;
  bytes: number;
  resume: () => void;
}

/**
 * The maximum size of a batch, because larger ones exceed the caches: at 256 connections, this limit gives a tenth more
 * responses than a single batch.
 */
const BATCH_SIZE = 64;
/**
 * The size of the bodies at which a batch ends: that of seven with 230 members, which take about 10 ms. If more began
 * in each tick than are completed, those of other clients would wait behind them in the store.
 */
const BATCH_BYTES = 65_536;
