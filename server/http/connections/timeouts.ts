// The time-outs against slow clients.

/** Durations in milliseconds. */
export const TIMEOUTS = {
  /** For the whole request, header and body. */
  requestMs: 30_000,
  /** For the header. It counts from the connection on, so a connection on which nothing arrives is closed by then. */
  headerMs: 10_000,
  /**
   * Between two requests. Longer than the 60 s after which load balancers commonly drop an idle connection, so that
   * they are the ones to close it.
   */
  idleMs: 65_000,
  /** For a client that reads no part of its response. */
  stalledMs: 60_000,
  /** How often the first two are checked. */
  checkMs: 2_000,
};

/** The time limits of connections, in milliseconds. */
export type Timeouts = typeof TIMEOUTS;
