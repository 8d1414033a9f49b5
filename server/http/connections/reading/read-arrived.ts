// Reads what has already arrived, for time-outs that fire late because the process was paused or busy.
import type { Socket } from 'node:net';

/** The maximum number of reads of 64 KB from one connection. No request needs more. */
const MAX_READS = 64;

/**
 * Calls `then` when everything that has arrived on the connection has been read, with whether anything was. Must be
 * called in a timer: timers run before the event loop polls for data, and immediates run after that.
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
