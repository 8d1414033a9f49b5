// Connections that receive much data are read in turns.
import type { Socket } from 'node:net';
import { setImmediate as nextTick } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { noteClient } from '../../../../server/edge/exchange/socket-clients.ts';
import { BulkReads } from '../../../../server/http/connections/reading/bulk-reads.ts';
import { collectGarbage } from '../../../support/collect-garbage.ts';

const FULL = Buffer.alloc(65_536);
const SMALL = Buffer.alloc(300);

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
const createBulkReads = (open: Socket[], mustYield = () => false, isHeld: (socket: Socket) => boolean = () => false) =>
  new BulkReads(() => open, mustYield, isHeld);
const toSocket = (socket: object) => socket as Socket; // Other parts are not used.

/** A tick that reads from new connections for long, after which the unread ones wait. */
function readFirstForLong(bulkReads: BulkReads): void {
  bulkReads.onChunk(toSocket(createSocket()), SMALL, true);
  vi.advanceTimersByTime(25);
  bulkReads.onChunk(toSocket(createSocket()), SMALL, true);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

it('reads more of them again in each tick, the first ones first', async () => {
  const bulkReads = createBulkReads([]);
  const sockets = Array.from({ length: 60 }, createSocket);

  for (const socket of sockets) bulkReads.onChunk(toSocket(socket), FULL);
  const counts = [countRead(sockets)];
  for (let tick = 0; tick < 4; tick++) {
    await nextTick();
    counts.push(countRead(sockets));
    if (tick === 0) expect(sockets.slice(0, 8).every(({ isRead }) => isRead)).toBe(true);
  }

  expect(counts).toEqual([0, 8, 24, 56, 60]);
});

it('continues to read where less has arrived', () => {
  const socket = createSocket();

  createBulkReads([]).onChunk(toSocket(socket), FULL.subarray(1));

  expect(socket.isRead).toBe(true);
});

it('reads no more from a connection whose reader has paused it meanwhile, or that is closed', async () => {
  const bulkReads = createBulkReads([]);
  const [paused, closed] = [createSocket(), createSocket()];

  for (const socket of [paused, closed]) bulkReads.onChunk(toSocket(socket), FULL);
  paused._handle.reading = false;
  Object.assign(closed, { _handle: null });
  await nextTick();

  expect([paused.isRead, closed.isRead]).toEqual([false, false]);
});

it('stops to read all when a tick has read little from many for long, and reads eight in the next', async () => {
  const sockets = Array.from({ length: 20 }, createSocket);
  const bulkReads = createBulkReads(sockets.map(toSocket));
  const [first, second] = sockets.map(toSocket);

  if (first) bulkReads.onChunk(first, SMALL);
  vi.advanceTimersByTime(25);
  const before = countRead(sockets);
  if (second) bulkReads.onChunk(second, SMALL);
  const counts = [before, countRead(sockets)];
  for (let tick = 0; tick < 2; tick++) {
    await nextTick();
    counts.push(countRead(sockets));
  }

  expect(counts).toEqual([20, 0, 8, 20]);
});

it('goes on reading a connection whose last response has been sent', () => {
  const [busyOne, ended] = [createSocket(), { ...createSocket(), writableEnded: true }];
  const bulkReads = createBulkReads([busyOne, ended].map(toSocket));

  bulkReads.onChunk(toSocket(busyOne), SMALL);
  vi.advanceTimersByTime(25);
  bulkReads.onChunk(toSocket(busyOne), SMALL);

  expect([busyOne.isRead, ended.isRead]).toEqual([false, true]);
});

it('reads a connection at once when it is asked to', () => {
  const socket = createSocket();
  const bulkReads = createBulkReads([]);
  bulkReads.onChunk(toSocket(socket), FULL);

  bulkReads.readNow(toSocket(socket));

  expect(socket.isRead).toBe(true);
});

it('reads the newest of many new connections and the oldest in turn', async () => {
  const sockets = Array.from({ length: 100 }, () => ({ ...createSocket(), bytesRead: 0 }));
  const bulkReads = createBulkReads(sockets.map(toSocket));
  const order: number[] = [];
  for (const [index, socket] of sockets.entries()) socket._handle.readStart = () => order.push(index);

  readFirstForLong(bulkReads);
  await nextTick();

  expect(order.slice(0, 8)).toEqual([0, 1, 2, 3].flatMap((index) => [99 - index, index]));
});

it('reads one that has had a response before thousands of others, tick after tick', async () => {
  const served = Object.assign(createSocket(), { bytesRead: 100, bytesWritten: 200 });
  const others = Array.from({ length: 3000 }, () => Object.assign(createSocket(), { bytesRead: 100, bytesWritten: 0 }));
  const bulkReads = createBulkReads([...others, served].map(toSocket));
  let reads = 0;
  /** A tick that reads for long, after which all connections wait. */
  const readForLong = () => {
    bulkReads.onChunk(toSocket(createSocket()), SMALL);
    vi.advanceTimersByTime(25);
    bulkReads.onChunk(toSocket(createSocket()), SMALL);
  };

  for (let tick = 0; tick < 5; tick++) {
    readForLong();
    await nextTick();
    if (served.isRead) reads++;
  }

  expect(reads).toBe(5);
  expect(countRead(others)).toBeLessThan(100);
});

it('reads on from those that have sent little, in a tick that has read much from others for long', async () => {
  const [small, ...large] = Array.from({ length: 20 }, createSocket);
  const bulkReads = createBulkReads([small, ...large].map((each) => toSocket(each ?? {})));

  for (const socket of large) bulkReads.onChunk(toSocket(socket), FULL.subarray(1));
  vi.advanceTimersByTime(10);
  bulkReads.onChunk(toSocket(small ?? {}), SMALL);
  const counts = [countRead(large)];
  for (let tick = 0; tick < 2; tick++) {
    await nextTick();
    counts.push(countRead(large));
  }

  expect(small?.isRead).toBe(true);
  expect(counts).toEqual([0, 4, 12]);
});

it('reads one that has sent much after others until its last reads were small', async () => {
  const sockets = Array.from({ length: 2 }, createSocket);
  const bulkReads = createBulkReads(sockets.map(toSocket));
  const [socket, other] = sockets.map(toSocket);
  if (!socket || !other) throw new Error('There are two sockets.');
  /** Returns whether the connection waits after a tick that has read much from another for long. */
  const waits = async () => {
    bulkReads.onChunk(other, FULL.subarray(1));
    vi.advanceTimersByTime(10);
    bulkReads.onChunk(other, FULL.subarray(1));
    const isWaiting = bulkReads.isWaiting(socket);
    await nextTick();
    return isWaiting;
  };

  bulkReads.onChunk(socket, FULL.subarray(1));
  await nextTick();
  const before = await waits();
  for (let count = 0; count < 5; count++) bulkReads.onChunk(socket, SMALL);
  await nextTick();

  expect([before, await waits()]).toEqual([true, false]);
});

it.each([
  ['little', SMALL, 8],
  ['much', FULL.subarray(1), 4],
])('reads one of each client after the other, of those that have sent %s', async (_, chunk, count) => {
  const sockets = Array.from({ length: 100 }, () => Object.assign(createSocket(), { bytesRead: 1, bytesWritten: 1 }));
  const bulkReads = createBulkReads(sockets.map(toSocket));
  for (const [index, socket] of sockets.entries()) noteClient(toSocket(socket), index === 99 ? 'other' : 'busy');

  for (const socket of sockets) bulkReads.onChunk(toSocket(socket), chunk);
  vi.advanceTimersByTime(25);
  bulkReads.onChunk(toSocket(sockets[0] ?? {}), chunk);
  const before = countRead(sockets);
  await nextTick();

  expect(before).toBe(0);
  expect(sockets.flatMap(({ isRead }, index) => (isRead ? index : []))).toEqual([
    ...Array.from({ length: count - 1 }, (_value, index) => index),
    99,
  ]);
});

it('stops again only those that have been read since, until none wait', async () => {
  const sockets = Array.from({ length: 100 }, createSocket);
  const stopped: number[] = [];
  for (const [index, { _handle: handle }] of sockets.entries()) {
    const { readStop } = handle;
    handle.readStop = () => {
      stopped.push(index);
      readStop();
    };
  }
  const bulkReads = createBulkReads(sockets.map(toSocket));
  /** A tick that reads for long. Returns the number of connections that it stops. */
  const readForLong = async () => {
    stopped.length = 0;
    bulkReads.onChunk(toSocket(sockets[0] ?? {}), SMALL);
    vi.advanceTimersByTime(25);
    bulkReads.onChunk(toSocket(sockets[0] ?? {}), SMALL);
    await nextTick();
    return stopped.length;
  };

  const counts = [await readForLong(), await readForLong(), await readForLong()];
  for (let tick = 0; tick < 6; tick++) await nextTick();

  expect([...counts, await readForLong()]).toEqual([100, 8, 9, 100]);
});

it('reads none of them while connections are being accepted', async () => {
  let isAccepting = true;
  const bulkReads = createBulkReads([], () => isAccepting);
  const socket = createSocket();

  bulkReads.onChunk(toSocket(socket), FULL);
  for (let tick = 0; tick < 3; tick++) await nextTick();
  const meanwhile = socket.isRead;
  isAccepting = false;
  await nextTick();

  expect([meanwhile, socket.isRead]).toEqual([false, true]);
});

it('reads no held connection, in its turn or not, until it is resumed', async () => {
  const held = createSocket();
  const isHeld = vi.fn(() => true);
  const bulkReads = createBulkReads([], () => false, isHeld);
  bulkReads.onChunk(toSocket(held), FULL);
  for (let tick = 0; tick < 2; tick++) await nextTick();
  const states = [held.isRead, bulkReads.isWaiting(toSocket(held))];

  isHeld.mockReturnValue(false);
  bulkReads.resume(toSocket(held));

  expect([...states, held.isRead]).toEqual([false, false, true]);
});

it('leaves a resumed connection to its turn', async () => {
  const socket = createSocket();
  const bulkReads = createBulkReads([]);
  bulkReads.onChunk(toSocket(socket), FULL);

  bulkReads.resume(toSocket(socket));
  const isReadAtOnce = socket.isRead;
  await nextTick();

  expect([isReadAtOnce, socket.isRead]).toEqual([false, true]);
});

it('reads on from unread connections in a tick that has read others for long, and the reverse', () => {
  const unread = { ...createSocket(), bytesRead: 0 };
  const other = { ...createSocket(), bytesRead: 100 };
  const isReadAfter = (isFirst: boolean) => {
    for (const socket of [unread, other]) socket._handle.readStart();
    const bulkReads = createBulkReads([unread, other].map(toSocket));
    bulkReads.onChunk(toSocket(createSocket()), SMALL, isFirst);
    vi.advanceTimersByTime(25);
    bulkReads.onChunk(toSocket(createSocket()), SMALL, isFirst);
    return [unread, other].map((socket) => !bulkReads.isWaiting(toSocket(socket)));
  };

  expect([isReadAfter(false), isReadAfter(true)]).toEqual([
    [true, false],
    [false, true],
  ]);
});

it('knows those that are unread, also in the tick in which they are read', async () => {
  const socket = toSocket({ ...createSocket(), bytesRead: 0 });
  const bulkReads = createBulkReads([socket]);
  const states = [bulkReads.isUnread(socket)];

  readFirstForLong(bulkReads);
  states.push(bulkReads.isUnread(socket));
  await nextTick();
  states.push(bulkReads.isWaiting(socket), bulkReads.isUnread(socket));
  await nextTick();
  states.push(bulkReads.isUnread(socket));

  expect(states).toEqual([false, true, false, true, false]);
});

it('is behind while more than 1,000 unread connections wait', async () => {
  const open = Array.from({ length: 1040 }, () => toSocket({ ...createSocket(), bytesRead: 0 }));
  const bulkReads = createBulkReads(open);
  const before = bulkReads.isBehind;

  readFirstForLong(bulkReads);
  const states = [before, bulkReads.isBehind];
  for (let tick = 0; tick < 2; tick++) {
    await nextTick();
    states.push(bulkReads.isBehind);
  }

  expect(states).toEqual([false, true, true, false]);
});

it('holds at most 1,024 of the connections that are closed before it is their turn', async () => {
  const open: Socket[] = [];
  const bulkReads = createBulkReads(open, () => true);
  for (let count = 0; count < 3000; count++) open.push(toSocket({ ...createSocket(), bytesRead: 0 }));
  readFirstForLong(bulkReads);
  const isWaiting = open.every((each) => bulkReads.isWaiting(each));

  const closed: WeakRef<Socket>[] = [];
  for (const socket of open.splice(1)) {
    bulkReads.delete(socket);
    closed.push(new WeakRef(socket));
  }
  await nextTick();
  collectGarbage();

  expect(isWaiting).toBe(true);
  expect(closed.filter((each) => each.deref() !== undefined).length).toBeLessThanOrEqual(1024);
  expect(open.map((each) => bulkReads.isWaiting(each))).toEqual([true]);
});
