// The time-outs against slow clients.

/** The default time-outs in milliseconds. */
export const TIMEOUTS = {
  /** The time-out of a whole request, header and body. */
  requestMs: 30_000,
  /**
   * The time-out of the header. It starts with the connection, so it also closes connections on which nothing arrives.
   */
  headerMs: 10_000,
  /**
   * The time-out between two requests. It is longer than the 60 s after which load balancers commonly close an idle
   * connection, so that they close it first.
   */
  idleMs: 65_000,
  /** The time-out of a client that does not read its response. */
  stalledMs: 60_000,
  /** The interval at which the first two are checked. */
  checkMs: 2_000,
};

/** The time limits of connections, in milliseconds. */
export type Timeouts = typeof TIMEOUTS;
