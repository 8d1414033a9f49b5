// Lets requests with small bodies overtake those with large ones, whose steps take milliseconds each.
import { type Arrivals, processArrivals } from './arrivals.ts';

/** The maximum wait in milliseconds: under full load, there are always small requests and new connections. */
const LONGEST_MS = 5;

/** Tracks the requests with small bodies that have been received and have no response yet. */
export class SmallRequests {
  #open = 0;
  readonly #waiting: (() => void)[] = [];
  #isScheduled = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #arrivals: Arrivals;

  constructor(arrivals: Arrivals = processArrivals) {
    this.#arrivals = arrivals;
  }

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
   * Resolves when there are no small requests left, in a later tick of the event loop in which no connection arrived,
   * so that requests that have already arrived are received first.
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
    const { count } = this.#arrivals;
    setImmediate(() => {
      this.#isScheduled = false;
      const hasArrivals = this.#arrivals.count !== count;
      if (this.#open === 0 && !hasArrivals) return this.#resumeOne();
      this.#timer ??= setTimeout(() => this.#resumeOne(), LONGEST_MS);
      if (hasArrivals) this.#schedule();
    });
  }

  #resumeOne(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.shift()?.();
    this.#schedule();
  }
}
