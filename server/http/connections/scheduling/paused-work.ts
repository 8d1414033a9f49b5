// Holds back the handling of requests while it is paused.

/** The maximum time in milliseconds for which held work runs in one tick of the event loop. */
const TICK_MS = 2;

/** Runs work at once, or holds it while paused and then runs it in order. */
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

  /** Runs the held work over several ticks, because hundreds of requests in one would delay time-outs. */
  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'resuming';
    this.#runHeld();
  }

  /** Drops the held work, and runs no more. */
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
