// Takes turns in reading from connections on which much arrives. Node reads up to 2 MiB from one of them before it
// looks at the next, so a few hundred clients that send without a pause would keep a new client waiting for as long.
import type { Socket } from 'node:net';

/** What Node reads at once. Where as much has arrived, there is more. */
const FULL_READ_BYTES = 65_536;
/** Connections that are read again in one tick of the event loop: some milliseconds. */
const READS_PER_TICK = 8;

/** What Node reads a socket with. It is not documented; `reading` is whether the socket wants more. */
interface Handle {
  reading?: boolean;
  readStart(): void;
  readStop(): void;
}

/** The handle of a socket that is open. */
function handleOf(socket: Socket): Handle | undefined {
  // Node's types do not declare it.
  return (socket as { _handle?: Handle | null })._handle ?? undefined;
}

/** The connections that wait for their turn to be read. */
export class BulkReads {
  readonly #waiting = new Set<Socket>();

  /** Call it when a chunk was read. After a full one, the next is read when it is the turn of this connection. */
  onChunk(socket: Socket, chunk: Buffer): void {
    if (chunk.length < FULL_READ_BYTES) return;
    handleOf(socket)?.readStop();
    if (this.#waiting.size === 0) this.#schedule();
    this.#waiting.add(socket);
  }

  #schedule(): void {
    setImmediate(() => {
      let count = 0;
      for (const socket of this.#waiting) {
        this.#waiting.delete(socket);
        const handle = handleOf(socket);
        if (handle?.reading) handle.readStart();
        if (++count === READS_PER_TICK) break;
      }
      if (this.#waiting.size > 0) this.#schedule();
    });
  }
}
