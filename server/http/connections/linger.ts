// Closes connections so that the client can still read the last response: RFC 9112, section 9.6.
import type { Socket } from 'node:net';
import { freeMemory } from '../../edge/body/large-buffer.ts';
import { afterReading } from './reading/read-arrived.ts';

/** The maximum pause of a client that keeps sending after the last response, and the maximum time in total. */
const PAUSE_MS = 1000;
const LINGER_MS = 10_000;

/** The maximum number of bytes that are read and dropped in that time. */
const LINGER_BYTES = 4_194_304;

const lingering = new WeakSet<Socket>();

/**
 * Ends a connection after these last bytes. Data that the client still sends is read and dropped: closing a connection
 * with unread data resets it, and a reset discards what the client has not read yet.
 */
export function endAndLinger(socket: Socket, bytes = ''): void {
  // Both the last response and later data may end the connection. Ending it twice would reset it.
  if (lingering.has(socket)) return;
  lingering.add(socket);
  let left = LINGER_BYTES;
  let pause: NodeJS.Timeout | undefined;
  socket.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    // Otherwise V8 would collect all garbage for each few dozen chunks.
    freeMemory(chunk);
    if (left < 0) socket.pause();
    else pause?.refresh();
  });
  socket.resume();
  socket.end(bytes, () => {
    pause = setTimeout(() => {
      // Reading has restarted the time-out.
      afterReading(socket, (hasRead) => !hasRead && socket.destroy());
    }, PAUSE_MS).unref();
    const end = () => afterReading(socket, () => socket.destroy());
    const timers = [pause, setTimeout(end, LINGER_MS).unref()];
    socket.once('close', () => timers.forEach(clearTimeout));
  });
}

/** Makes a connection linger. Node calls `destroySoon` after the last response, and has no other hook for it. */
export function lingerAtEnd(socket: Socket): void {
  socket.destroySoon = () => endAndLinger(socket);
}
