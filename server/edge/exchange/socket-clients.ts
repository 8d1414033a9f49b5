// Which client uses each connection, so that one with thousands of connections gets no more than others. The address
// does not tell: all clients behind a proxy have the same.
import type { Socket } from 'node:net';

const clients = new WeakMap<Socket, string>();

/** Notes the client of a request on this connection: its ID, or undefined if it is not authenticated. */
export function noteClient(socket: Socket, clientId: string | undefined): void {
  if (clients.get(socket) === clientId) return;
  if (clientId === undefined) clients.delete(socket);
  else clients.set(socket, clientId);
}

/** Returns the client ID of the last request on this connection; undefined if it was not authenticated. */
export function clientOf(socket: Socket): string | undefined {
  return clients.get(socket);
}
