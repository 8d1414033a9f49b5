// Requests for files of the site, which wait for their turn: they make room for others.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { VALID } from '../../../server/overload/limited-requests.ts';
import { send } from '../../../support/http/http.ts';
import { openConnection } from '../../../support/http/sockets.ts';
import { startServerProcess } from '../../../support/process/server-process.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

/** More than the memory limit has room for while they wait, unless they come too slowly, as on a busy machine. */
const CLIENTS = 2500;
/** Then more of them come. */
const WAVES = 6;
const PAGE = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

it('serves creates while more files than there is memory for wait for their turn', async () => {
  const folder = await temporaryFolder();
  const server = startServerProcess({
    DATABASE_PATH: join(folder.path, 'data.db'),
    RATE_LIMIT_PER_MINUTE: '0',
    CLIENT_MEMORY_MB: '16',
  });
  onTestFinished(async () => {
    server.child.kill('SIGKILL');
    await server.ended;
    await folder[Symbol.asyncDispose]();
  });
  const url = await server.url;

  const responses: Promise<string>[] = [];
  const statuses: number[] = [];
  let isShort = false;
  const requestPage = async () => {
    const { socket, closed } = await openConnection(url);
    // Half-closed, so that the client seems to be waiting.
    socket.end(PAGE);
    const text = await closed;
    isShort ||= text.startsWith('HTTP/1.1 503');
    return text;
  };
  for (let wave = 0; wave < WAVES && !isShort; wave++) {
    responses.push(...Array.from({ length: CLIENTS }, requestPage));
    for (let count = 0; count < 20; count++) {
      await sleep(20);
      statuses.push((await send(url, { body: VALID })).status);
    }
  }

  expect(statuses).toEqual(Array(statuses.length).fill(201));
  const texts = await Promise.all(responses);
  expect(isShort).toBe(true);
  expect(texts.filter((text) => text.startsWith('HTTP/1.1 200')).length).toBeGreaterThan(0);
});
