// Finds free ports for programs that cannot listen on port 0, and checks whether they listen.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Returns a port of the loopback interface that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Not listening on a port.');
  await new Promise((settle) => server.close(settle));
  return address.port;
}

/** Whether something accepts connections on this port of the loopback interface. */
export async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const connected = await new Promise<boolean>((settle) => {
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
  });
  socket.destroy();
  return connected;
}
