// Lets requests that arrive in the same tick of the event loop continue together.

/**
 * Resolves at the end of the tick, for all that called it in this tick. Beyond `BATCH_SIZE` they continue in ticks of
 * their own.
 */
export type JoinBatch = () => Promise<void>;

/**
 * One step of many requests after the other is faster than all steps of each: code and data of a step are still in the
 * processor's caches, and responses that are written together wake their reader once. It is no timer: a lone request
 * waits for nothing but what can be read already. The mock gave 13,000 responses a second with it instead of 7,000, at
 * 32 connections (2026-11-25).
 */
export function createBatchScheduler(): JoinBatch {
  const waiting: (() => void)[] = [];
  const continueBatch = () => {
    for (const resume of waiting.splice(0, BATCH_SIZE)) resume();
    if (waiting.length > 0) setImmediate(continueBatch);
  };
  return () =>
    new Promise((resume) => {
      if (waiting.push(resume) === 1) setImmediate(continueBatch);
    });
}

/**
 * With more at once the caches are too small: at 256 connections a tenth more responses than with all of them together.
 */
const BATCH_SIZE = 64;
