// Graceful shutdown: stops listening without resetting connections that were just accepted.
import type { Server } from 'node:http';
import { setImmediate as nextTick, setTimeout as sleep } from 'node:timers/promises';
import type { Connections } from './connections/connections.ts';

/** The listener closes after this time without a new connection. */
const QUIET_MS = 100;
/** The listener closes after this time in any case. */
const BACKLOG_MS = 1000;
/** For the request on a connection that was accepted last, or one that was already sent on an idle connection. */
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
  // It takes a connection for idle whose next responses wait for the end of one. `connections` closes the idle ones.
  server.closeIdleConnections = () => {};
  const closed = new Promise<void>((settle) => server.close(() => settle()));
  const grace = setTimeout(() => connections.close(), Math.min(GRACE_MS, timeoutMs));
  await closed;
  clearTimeout(grace);
  clearTimeout(timeout);
  return cutOff;
}

/**
 * The system resets connections that are not accepted yet when the listener closes. Node accepts one connection in each
 * tick of the event loop, so this waits until none arrives. Meanwhile no new request is handled: clients that wait for
 * a response do not connect again.
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
    await sleep(Math.min(QUIET_MS, remainingMs()));
    // Timers run before the event loop looks for connections, this after.
    await nextTick();
  }
  server.off('connection', onConnection);
  // `server.close` runs before what waits for the end of this tick.
  setImmediate(resume);
}
