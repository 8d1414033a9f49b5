// Graceful shutdown, which stops listening without resetting new connections.
import type { Server } from 'node:http';
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import type { Connections } from './connections/connections.ts';

/** The time without a new connection after which the listener closes. */
const QUIET_MS = 100;
/** The time after which the listener closes in any case. */
const BACKLOG_MS = 1000;
/** The time for a request on a newly accepted connection, or one that is already on its way on an idle connection. */
const GRACE_MS = 300;

/**
 * Resolves when all connections are closed, with the number of responses that were cut off because they took longer
 * than the time-out.
 */
export async function closeServer(server: Server, connections: Connections, timeoutMs: number): Promise<number> {
  let cutOff = 0;
  const timeout = setTimeout(() => {
    cutOff = connections.cutOff();
  }, timeoutMs);
  connections.drain();
  await emptyBacklog(server, connections, Math.min(BACKLOG_MS, timeoutMs));
  // Node considers a connection idle while its next responses wait for one to end, so `connections` closes idle ones.
  server.closeIdleConnections = () => {};
  const closed = new Promise<void>((settle) => server.close(() => settle()));
  const grace = setTimeout(() => connections.close(), Math.min(GRACE_MS, timeoutMs));
  await closed;
  clearTimeout(grace);
  clearTimeout(timeout);
  return cutOff;
}

/**
 * Waits until no more connections arrive: the system resets those that are not yet accepted when the listener closes,
 * and Node accepts only one in each tick of the event loop. Meanwhile no new request is handled, because clients that
 * are waiting for a response do not connect again.
 */
async function emptyBacklog(server: Server, connections: Connections, timeoutMs: number): Promise<void> {
  const resume = connections.pauseHandling();
  const deadlineMs = performance.now() + timeoutMs;
  let accepted = 0;
  const onConnection = () => {
    accepted++;
  };
  server.on('connection', onConnection);
  const remainingMs = () => Math.max(0, deadlineMs - performance.now());
  for (let seen = -1; seen !== accepted && remainingMs() > 0; ) {
    seen = accepted;
    // Rounded up, because a timer rounds down: at the time-out, connections are cut off before the wait ends.
    await sleep(Math.ceil(Math.min(QUIET_MS, remainingMs())));
    // Immediates run after the event loop has polled for connections, and timers before.
    await immediate();
  }
  server.off('connection', onConnection);
  // `server.close` runs before immediates of this tick.
  setImmediate(resume);
}
