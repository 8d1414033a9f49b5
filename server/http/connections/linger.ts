// Closes connections so that the client can still read the last response: RFC 9112, section 9.6.
import type { Socket } from 'node:net';
import { afterReading } from './read-arrived.ts';

/** How long a client that goes on sending after the last response may pause, and how long it may send in all. */
const PAUSE_MS = 1000;
const LINGER_MS = 10_000;

/** Bytes that are read and dropped at most in that time. */
const LINGER_BYTES = 4_194_304;

const lingering = new WeakSet<Socket>();

/**
 * Ends a connection after these last bytes. What the client still sends is read and dropped: a connection that is
 * closed with unread data is reset, and a reset discards what the client has not read yet.
 */
export function endAndLinger(socket: Socket, bytes = ''): void {
  // The last response may end it, and what arrives after that. Ending it twice would reset it.
  if (lingering.has(socket)) return;
  lingering.add(socket);
  let left = LINGER_BYTES;
  let pause: NodeJS.Timeout | undefined;
  socket.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) socket.pause();
    else pause?.refresh();
  });
  socket.resume();
  socket.end(bytes, () => {
    pause = setTimeout(() => {
      // Reading has begun the pause again.
      afterReading(socket, (hasRead) => !hasRead && socket.destroy());
    }, PAUSE_MS).unref();
    const end = () => afterReading(socket, () => socket.destroy());
    const timers = [pause, setTimeout(end, LINGER_MS).unref()];
    socket.once('close', () => timers.forEach(clearTimeout));
  });
}

/** Node closes a connection after its last response with this method, and offers nothing else to change that. */
export function lingerAtEnd(socket: Socket): void {
  socket.destroySoon = () => endAndLinger(socket);
}
