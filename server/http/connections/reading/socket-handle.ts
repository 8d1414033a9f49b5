// The part of Node's undocumented handle of a socket that is used.
import type { Socket } from 'node:net';

interface Handle {
  /** Whether the socket wants more data. */
  reading?: boolean;
  readStart(): void;
  readStop(): void;
  /** Returns an error code, or 0. Pipes do not have it. */
  getpeername?(address: object): number;
}

/** Returns the handle of a socket that is open. */
export function handleOf(socket: Socket): Handle | undefined {
  // Node's types do not declare it.
  return (socket as { _handle?: Handle | null })._handle ?? undefined;
}

/** Whether the client has reset the connection. Node notices it only when it reads or writes. */
export function isReset(socket: Socket): boolean {
  const handle = handleOf(socket);
  // The system no longer knows the peer of a connection that was reset.
  return !handle || (handle.getpeername?.({}) ?? 0) !== 0;
}
