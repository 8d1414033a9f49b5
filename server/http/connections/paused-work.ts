// Holds the handling of requests back while it is paused.

/** Longest time for which held work runs in one tick of the event loop, in milliseconds. */
const TICK_MS = 2;

/** Runs work at once, or in its order when it is no longer paused. */
export class PausedWork {
  #held: (() => void)[] = [];
  #state: 'running' | 'paused' | 'resuming' | 'stopped' = 'running';

  run(work: () => void): void {
    if (this.#state === 'running') work();
    else if (this.#state !== 'stopped') this.#held.push(work);
  }

  pause(): void {
    if (this.#state !== 'stopped') this.#state = 'paused';
  }

  /** Runs what was held, a part in each tick: hundreds of requests would keep the time-outs waiting. */
  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'resuming';
    this.#runHeld();
  }

  /** Drops what is held, and runs nothing from now on. */
  stop(): void {
    this.#state = 'stopped';
    this.#held = [];
  }

  #runHeld(): void {
    if (this.#state !== 'resuming') return;
    const endMs = performance.now() + TICK_MS;
    let count = 0;
    for (const work of this.#held) {
      count++;
      work();
      if (performance.now() > endMs) break;
    }
    this.#held.splice(0, count);
    if (this.#held.length === 0) this.#state = 'running';
    else setImmediate(() => this.#runHeld());
  }
}
