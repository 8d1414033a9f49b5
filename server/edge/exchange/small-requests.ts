// Requests with small bodies overtake those with large ones, of which each step takes milliseconds.

/** A step of a large body waits for them at most so long, in milliseconds: under full load there are always some. */
const LONGEST_MS = 5;

/** The requests with small bodies that have been received, and have no response yet. */
export class SmallRequests {
  #open = 0;
  readonly #waiting: (() => void)[] = [];
  #isScheduled = false;
  #timer: NodeJS.Timeout | undefined;

  /** To be called when a request has been received. `end` must follow. */
  begin(): void {
    this.#open++;
  }

  /** To be called when its response is written. */
  readonly end = (): void => {
    this.#open--;
    if (this.#open === 0) this.#schedule();
  };

  /**
   * Resolves when there are none, in a tick of the event loop of its own: those that can be read by then are received
   * before.
   */
  letPass(): Promise<void> {
    return new Promise((resume) => {
      this.#waiting.push(resume);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#open === 0) this.#resumeOne();
      else this.#timer ??= setTimeout(() => this.#resumeOne(), LONGEST_MS);
    });
  }

  #resumeOne(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.shift()?.();
    this.#schedule();
  }
}
