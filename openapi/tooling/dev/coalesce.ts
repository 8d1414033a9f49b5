import { setTimeout } from 'node:timers/promises';

/** The delay in milliseconds: saving often takes several writes, and generating writes several files. */
const SETTLE_MS = 30;

/** Returns a function that runs the task, never twice at a time: calls during a run cause one more run after it. */
export function coalesce(task: () => Promise<unknown>): () => Promise<void> {
  let running = false;
  let requested = false;
  return async () => {
    requested = true;
    if (running) return;
    running = true;
    while (requested) {
      await setTimeout(SETTLE_MS);
      requested = false;
      await task();
    }
    running = false;
  };
}
