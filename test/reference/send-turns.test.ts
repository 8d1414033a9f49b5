// A request for a file that is rejected while the file waits for its turn.
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Listening, listen } from '../../server/http/listen.ts';
import { serveReference } from '../../server/site/reference.ts';
import { openConnection } from '../support/http/sockets.ts';

let server: Listening;
beforeAll(async () => {
  server = await listen(express().use(serveReference()), { port: 0, host: '127.0.0.1', portHint: 'PORT=3001' });
});
afterAll(() => server?.close(0).then(() => undefined));

const CHUNKED = 'GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br\r\nTransfer-Encoding: chunked\r\n\r\n';
const PAGES = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(5);

it('gets the rejection, without fields of the file', async () => {
  const texts: string[] = [];
  for (let round = 0; round < 20; round++) {
    const others = await Promise.all(Array.from({ length: 60 }, () => openConnection(server.url)));
    const { socket, closed } = await openConnection(server.url);
    for (const other of others) other.socket.pause().write(PAGES);
    socket.write(CHUNKED);
    await sleep(2 * round);
    socket.write('zz\r\n');

    texts.push(await closed);
    for (const other of others) other.socket.destroy();
  }

  // Where it was the turn of the file before, that is the response.
  const rejections = texts.filter((text) => text.startsWith('HTTP/1.1 400 '));
  expect(rejections.length).toBeGreaterThan(5);
  expect(rejections.filter((text) => /^(content-encoding|etag):/im.test(text))).toEqual([]);
});
