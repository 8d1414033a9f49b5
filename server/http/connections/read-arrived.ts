// Time-outs that are late, because the process was paused or busy, find bytes in the system that arrived in time.
import type { Socket } from 'node:net';

/** Reads of one connection at most, of 64 KB each: no request is read any further. */
const MAX_READS = 64;

/**
 * Calls `then` when everything that has arrived on the connection is read, with whether that was anything. To be called
 * in a timer: timers run before the event loop looks for what has arrived, and immediates after that.
 */
export function afterReading(socket: Socket, then: (hasRead: boolean) => void): void {
  const start = socket.bytesRead;
  let reads = 0;
  const read = (before: number) => {
    setImmediate(() => {
      const { bytesRead, destroyed } = socket;
      if (bytesRead !== before && !destroyed && ++reads < MAX_READS) read(bytesRead);
      else then(bytesRead !== start);
    });
  };
  read(start);
}
