// How the suite reads the responses of a connection on which it has sent several requests at once.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { exchangePipelined } from '../send/pipelined.ts';

const REQUEST = { method: 'POST', path: '/', headers: {} };

/** Sends two requests to a server that sends this text, and closes the connection if `closes`. */
async function exchange(text: string, closes = false) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      // Sends pieces, as a network delivers them.
      for (const piece of text.match(/.{1,7}/gs) ?? []) socket.write(piece);
      if (closes) socket.end();
    });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // It listens on a port.
  return exchangePipelined(new URL(`http://127.0.0.1:${port}`), [REQUEST, REQUEST], 5000);
}

const chunked = (end: string) => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n${end}`;
const LAST = 'HTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nz';

it.each([
  ['nothing', '0\r\n\r\n'],
  ['a trailer', '0\r\nX-Trailer: a\r\n\r\n'],
  ['trailers', '0\r\nA: b\r\nC:\r\n\r\n'],
  ['an extension', '0;a=b\r\n\r\n'],
  ['an extension and a trailer', '00 ; a="b"\r\nA: b\r\n\r\n'],
])('reads a chunked body that ends with %s, and the response after it', async (_, end) => {
  const responses = await exchange(chunked(end) + LAST);

  expect(responses.map(({ status, text }) => [status, text])).toEqual([
    [200, 'abc'],
    [201, 'z'],
  ]);
});

it.each(['HTTP/1.1 200 OK\r\n\r\n', 'HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n'])(
  'reads a body without a length to the end of the connection, which has no further response: %j',
  async (head) => {
    const responses = await exchange(`${head}abc`, true);

    expect(responses.map(({ status, text }) => [status, text])).toEqual([[200, 'abc']]);
  },
);

it('reads responses without a body', async () => {
  const responses = await exchange(`HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n${LAST}`);

  expect(responses.map(({ status }) => status)).toEqual([304, 201]);
});

it.each([
  ['the response ended early', chunked('0\r\nA: b\r\n')],
  ['the connection was closed after 1 of 2 responses', LAST],
])('rejects when the connection is closed without notice: %s', async (message, text) => {
  await expect(exchange(text, true)).rejects.toThrow(message);
});
