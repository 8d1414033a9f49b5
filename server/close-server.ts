// Stops listening without cutting off anybody who was just let in.
import type { Server } from 'node:http';
import type { Connections } from './connections.ts';

/** For connecting clients to be let in before the listener closes. */
const BACKLOG_MS = 200;
/** For the request of a client that was let in last, or that was already on its way on an idle connection. */
const GRACE_MS = 300;

/** Resolves when all connections are closed, with how many answers were cut off because they took longer than the time-out. */
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
 * The system resets whoever has connected and was not accepted yet when the listener closes. Node accepts one connection in each turn of the event loop, so this
 * waits for a few turns that bring none. Meanwhile nothing is answered: clients that wait for an answer do not connect again.
 */
async function emptyBacklog(server: Server, connections: Connections, timeoutMs: number): Promise<void> {
  const release = connections.hold();
  const deadlineMs = performance.now() + timeoutMs;
  let quietTurns = 0;
  const onConnection = () => {
    quietTurns = 0;
  };
  server.on('connection', onConnection);
  while (quietTurns < 3 && performance.now() < deadlineMs) {
    quietTurns++;
    await new Promise((settle) => setImmediate(settle));
  }
  server.off('connection', onConnection);
  // `server.close` runs before whatever waits for this turn to end.
  setImmediate(release);
}
