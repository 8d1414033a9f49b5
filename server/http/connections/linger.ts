// Closes connections so that the client can still read the last response: RFC 9112, section 9.6.
import type { Socket } from 'node:net';

/** How long a client may go on sending after the last response, in milliseconds. */
const LINGER_MS = 1000;

/** Bytes that are read and dropped at most in that time. */
const LINGER_BYTES = 4_194_304;

const lingering = new WeakSet<Socket>();

/**
 * Ends a connection after these last bytes. For `LINGER_MS` what the client still sends is read and dropped: a
 * connection that is closed with unread data is reset, and a reset discards what the client has not read yet.
 */
export function endAndLinger(socket: Socket, bytes = ''): void {
  // The last response may end it, and what arrives after that. Ending it twice would reset it.
  if (lingering.has(socket)) return;
  lingering.add(socket);
  let left = LINGER_BYTES;
  socket.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) socket.pause();
  });
  socket.resume();
  socket.end(bytes, () => {
    const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('close', () => clearTimeout(timer));
  });
}

/** Node closes a connection after its last response with this method, and offers nothing else to change that. */
export function lingerAtEnd(socket: Socket): void {
  socket.destroySoon = () => endAndLinger(socket);
}
