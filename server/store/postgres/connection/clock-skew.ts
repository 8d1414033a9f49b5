// Compares the clock of this host with the clock of the database. All stored times come from the hosts, so hosts with
// different clocks disagree about what has expired and what came first.
import type pg from 'pg';

/** The difference in milliseconds from which on it is reported. NTP keeps clocks within a few milliseconds. */
const REPORTED_MS = 5000;

/**
 * The time of the database in whole milliseconds since 1970-01-01 UTC, like `Date.now`. pg reads an int8 as a string. A
 * float8 would be rounded by `extra_float_digits`, which is not set outside of a transaction behind a pooler.
 */
export const DATABASE_TIME = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::int8';

/**
 * Returns the minimum by which the clock of this host is ahead, in milliseconds; negative if it is behind. The database
 * read its clock between `sentMs` and `receivedMs`, so a slow response may hide a small difference but never causes
 * one.
 */
export function skewOf(databaseMs: number, { sentMs, receivedMs }: { sentMs: number; receivedMs: number }): number {
  if (sentMs > databaseMs) return sentMs - databaseMs;
  return Math.min(0, receivedMs - databaseMs);
}

/** Measures the current skew. */
export async function measureSkew(client: pg.Client, now: () => number): Promise<number> {
  const sentMs = now();
  const { rows } = await client.query<{ database_ms: string }>(`SELECT ${DATABASE_TIME} AS database_ms`);
  const receivedMs = now();
  return skewOf(Number(rows[0]?.database_ms ?? sentMs), { sentMs, receivedMs });
}

/** Returns a warning if the difference is too large. */
export function describeSkew(skewMs: number): string | undefined {
  if (Math.abs(skewMs) < REPORTED_MS) return undefined;
  const seconds = Math.floor(Math.abs(skewMs) / 1000).toLocaleString('en');
  return (
    `The clock of this host is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} the clock of PostgreSQL: keys ` +
    'expire at another time here, and what is stored has wrong times. Correct the clock that is wrong, such as by NTP'
  );
}

/** Keeps the difference at the last check. */
export class ClockSkew {
  readonly #onReport: ((message: string) => void) | undefined;
  #skewMs = 0;

  constructor(onReport: ((message: string) => void) | undefined) {
    this.#onReport = onReport;
  }

  /** The minimum by which the clock of this host is ahead, in milliseconds. */
  get ms(): number {
    return this.#skewMs;
  }

  /** Records a difference, and reports when it becomes too large. */
  record(skewMs: number): void {
    const [before, message] = [describeSkew(this.#skewMs), describeSkew(skewMs)];
    this.#skewMs = skewMs;
    if (message !== undefined && before === undefined) this.#onReport?.(message);
  }
}
