// Stops listening without cutting off anybody who was just let in.
import type { Server } from 'node:http';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Connections } from './connections.ts';

/** The listener closes when nobody has connected for so long, and in any case after the second. */
const QUIET_MS = 100;
const BACKLOG_MS = 1000;
/** For the request of a client that was let in last, or that was already on its way on an idle connection. */
const GRACE_MS = 300;

/**
 * Resolves when all connections are closed, with how many answers were cut off because they took longer than the
 * time-out.
 */
export async function closeServer(server: Server, connections: Connections, timeoutMs: number): Promise<number> {
  let cutOff = 0;
  const cut = setTimeout(() => {
    cutOff = connections.cut();
  }, timeoutMs);
  connections.drain();
  await emptyBacklog(server, connections, Math.min(BACKLOG_MS, timeoutMs));
  const closed = new Promise<void>((settle) => server.close(() => settle()));
  const grace = setTimeout(() => connections.close(), Math.min(GRACE_MS, timeoutMs));
  await closed;
  clearTimeout(grace);
  clearTimeout(cut);
  return cutOff;
}

/**
 * The system resets whoever has connected and was not accepted yet when the listener closes. Node accepts one
 * connection in each turn of the event loop, so this waits until none comes. Meanwhile nothing new is answered: clients
 * that wait for an answer do not connect again.
 */
async function emptyBacklog(server: Server, connections: Connections, timeoutMs: number): Promise<void> {
  const release = connections.hold();
  const deadlineMs = performance.now() + timeoutMs;
  let accepted = 0;
  const onConnection = () => {
    accepted++;
  };
  server.on('connection', onConnection);
  for (let seen = -1; seen !== accepted && performance.now() < deadlineMs; ) {
    seen = accepted;
    await sleep(Math.min(QUIET_MS, deadlineMs - performance.now()));
    // Timers run before the event loop looks for connections, this after.
    await nextTurn();
  }
  server.off('connection', onConnection);
  // `server.close` runs before whatever waits for this turn to end.
  setImmediate(release);
}
