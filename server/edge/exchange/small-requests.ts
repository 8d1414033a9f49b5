// Lets requests with small bodies overtake those with medium and large ones, whose steps take milliseconds each, and
// medium ones overtake large ones.
import { type Arrivals, processArrivals } from './arrivals.ts';

/** The maximum wait in milliseconds: under full load, there are always small requests and new connections. */
const LONGEST_MS = 5;

/** The number of steps of medium bodies after which a large one has its turn. */
const MOST_OVERTAKING = 8;

/** Tracks the requests with small bodies that have been received and have no response yet. */
export class SmallRequests {
  #open = 0;
  readonly #waiting: Record<'medium' | 'large', (() => void)[]> = { medium: [], large: [] };
  /** The number of medium bodies that have overtaken the first of the large ones. */
  #overtaking = 0;
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
   * so that requests that have already arrived are received first. A medium body is first among those that wait.
   */
  letPass(size: 'medium' | 'large' = 'large'): Promise<void> {
    return new Promise((resume) => {
      this.#waiting[size].push(resume);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.medium.length + this.#waiting.large.length === 0) return;
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

  #takeNext(): (() => void) | undefined {
    const { medium, large } = this.#waiting;
    if (medium.length > 0 && (large.length === 0 || this.#overtaking < MOST_OVERTAKING)) {
      if (large.length > 0) this.#overtaking++;
      return medium.shift();
    }
    this.#overtaking = 0;
    return large.shift();
  }

  #resumeOne(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#takeNext()?.();
    this.#schedule();
  }
}
