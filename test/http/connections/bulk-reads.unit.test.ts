// Connections that receive much data are read in turns.
import type { Socket } from 'node:net';
import { setImmediate as nextTick } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { BulkReads } from '../../../server/http/connections/bulk-reads.ts';

const FULL = Buffer.alloc(65_536);

/** The parts of a socket that are used. `isRead`: whether more is read from the system. */
function createSocket() {
  const socket = { isRead: true, _handle: { reading: true, readStart: () => {}, readStop: () => {} } };
  socket._handle.readStart = () => {
    socket.isRead = true;
  };
  socket._handle.readStop = () => {
    socket.isRead = false;
  };
  return socket;
}

const countRead = (sockets: { isRead: boolean }[]) => sockets.filter(({ isRead }) => isRead).length;
const toSocket = (socket: object) => socket as Socket; // Other parts are not used.

it('reads eight of them again in each tick, the first ones first', async () => {
  const bulkReads = new BulkReads();
  const sockets = Array.from({ length: 20 }, createSocket);

  for (const socket of sockets) bulkReads.onChunk(toSocket(socket), FULL);
  const counts = [countRead(sockets)];
  for (let tick = 0; tick < 3; tick++) {
    await nextTick();
    counts.push(countRead(sockets));
    if (tick === 0) expect(sockets.slice(0, 8).every(({ isRead }) => isRead)).toBe(true);
  }

  expect(counts).toEqual([0, 8, 16, 20]);
});

it('continues to read where less has arrived', () => {
  const socket = createSocket();

  new BulkReads().onChunk(toSocket(socket), FULL.subarray(1));

  expect(socket.isRead).toBe(true);
});

it('reads no more from a connection whose reader has paused it meanwhile, or that is closed', async () => {
  const bulkReads = new BulkReads();
  const [paused, closed] = [createSocket(), createSocket()];

  for (const socket of [paused, closed]) bulkReads.onChunk(toSocket(socket), FULL);
  paused._handle.reading = false;
  Object.assign(closed, { _handle: null });
  await nextTick();

  expect([paused.isRead, closed.isRead]).toEqual([false, false]);
});
