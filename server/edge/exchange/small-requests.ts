// Lets requests with small bodies overtake those with large ones, whose steps take milliseconds each.

/** The maximum wait in milliseconds: under full load, there are always small requests. */
const LONGEST_MS = 5;

/** Tracks the requests with small bodies that have been received and have no response yet. */
export class SmallRequests {
  #open = 0;
  readonly #waiting: (() => void)[] = [];
  #isScheduled = false;
  #timer: NodeJS.Timeout | undefined;

  /** Must be called when a request has been received, and be followed by `end`. */
  begin(): void {
    this.#open++;
  }

  /** Must be called when the response has been written. */
  readonly end = (): void => {
    this.#open--;
    if (this.#open === 0) this.#schedule();
  };

  /**
   * Resolves when there are no small requests left, in a later tick of the event loop, so that requests that have
   * already arrived are received first.
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
