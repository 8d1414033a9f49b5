// What is read of one connection while it is paused, and the memory of what it may still read and has read.
import { Socket } from 'node:net';
import { setImmediate as nextTick } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MemoryBudget } from '../../../../server/edge/memory/memory-budget.ts';
import { ConnectionMemory } from '../../../../server/http/connections/connection-memory.ts';
import { ConnectionReader } from '../../../../server/http/connections/reading/connection-reader.ts';
import { ReadTurns } from '../../../../server/http/connections/reading/read-turns.ts';

/** Reads a socket without a peer, whose data goes to `parse` as to Node's parser. */
function createReader(parse: (this: Socket, slice: Buffer) => void) {
  const socket = new Socket();
  onTestFinished(() => void socket.destroy());
  socket.on('data', parse);
  const budget = new MemoryBudget(48 * 1_048_576);
  const readTurns = new ReadTurns(
    () => [],
    () => false,
  );
  const connection = { socket, newest: undefined };
  const reader = new ConnectionReader(connection, new ConnectionMemory(budget), readTurns, () => {});
  return { socket, reader, budget };
}

/** Pauses and resumes a socket as Node's HTTP server does. */
const pause = (socket: Socket) => Object.assign(socket, { _paused: true }).pause();
const resume = (socket: Socket) => Object.assign(socket, { _paused: false }).resume();

it('counts what Node may read while it has paused the connection, until it resumes', async () => {
  const { socket, budget } = createReader(function () {
    pause(this);
  });
  const before = budget.held;

  socket.push('GET / HTTP/1.1\r\n\r\n');
  await nextTick();
  expect(budget.held - before).toBeGreaterThanOrEqual(65_536);

  resume(socket);
  await nextTick();
  expect(budget.held - before).toBeLessThan(1000);
});

it('gives the parser nothing more until Node resumes the connection', async () => {
  const request = `GET / HTTP/1.1\r\nA: ${'x'.repeat(2000)}\r\n\r\n`;
  const parsed: string[] = [];
  const { socket } = createReader(function (slice) {
    parsed.push(String(slice));
    if (parsed.length === 1) pause(this);
  });

  socket.push(request.repeat(3));
  await nextTick();
  expect(parsed).toHaveLength(1);

  resume(socket);
  await nextTick();
  expect(parsed.join('')).toBe(request.repeat(3));
});

it('gives the parser nothing more after a failed write', async () => {
  const parsed: string[] = [];
  const { socket } = createReader(function (slice) {
    parsed.push(String(slice));
    // As when the client has reset the connection, which Node destroys in a later tick.
    Object.assign(this, { writable: false });
  });

  socket.push('GET / HTTP/1.1\r\n\r\n'.repeat(2000));
  await nextTick();

  expect(parsed).toHaveLength(1);
  expect(socket.destroyed).toBe(false);
});

describe('the memory of a chunk', () => {
  const CHUNK_BYTES = 65_536;

  it('is released when the chunk has been parsed', async () => {
    let parsedBytes = 0;
    const { socket } = createReader((slice) => {
      parsedBytes += slice.length;
    });
    const chunk = Buffer.alloc(CHUNK_BYTES, 'x');

    socket.push(chunk);
    await nextTick();

    expect(parsedBytes).toBe(CHUNK_BYTES);
    expect(chunk).toHaveLength(0);
  });

  it('is kept for another listener', async () => {
    const { socket } = createReader(() => {});
    const read: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => read.push(chunk));

    socket.push(Buffer.alloc(CHUNK_BYTES, 'x'));
    await nextTick();

    expect(Buffer.concat(read)).toHaveLength(CHUNK_BYTES);
  });

  it('is kept when the parser has stopped in it', async () => {
    const { socket, reader } = createReader(() => reader.stop());
    const chunk = Buffer.alloc(CHUNK_BYTES, 'x');

    socket.push(chunk);
    await nextTick();

    expect(chunk).toHaveLength(CHUNK_BYTES);
  });

  it('is kept for the rest when Node pauses the connection', async () => {
    const parsed: string[] = [];
    const { socket } = createReader(function (slice) {
      parsed.push(String(slice));
      if (parsed.length === 1) pause(this);
    });
    const text = `GET / HTTP/1.1\r\nA: ${'x'.repeat(10_000)}\r\n\r\n`.repeat(6);

    socket.push(text);
    await nextTick();
    resume(socket);
    await nextTick();

    expect(parsed.join('')).toBe(text);
  });

  it('is released when its rest, which was put back, has been parsed', async () => {
    let isFirst = true;
    const { socket } = createReader(function () {
      if (isFirst) pause(this);
      isFirst = false;
    });
    const chunk = Buffer.alloc(CHUNK_BYTES, 'x');

    socket.push(chunk);
    await nextTick();
    expect(chunk).toHaveLength(CHUNK_BYTES);
    resume(socket);
    await nextTick();

    expect(chunk).toHaveLength(0);
  });

  it('is released with that of what followed, when the connection is closed before the rest is parsed', async () => {
    let parsedBytes = 0;
    const { socket, reader } = createReader(function (slice) {
      parsedBytes += slice.length;
      pause(this);
    });
    const [chunk, next] = [Buffer.alloc(CHUNK_BYTES, 'x'), Buffer.alloc(CHUNK_BYTES, 'y')];
    for (const each of [chunk, next]) socket.push(each);
    await nextTick();
    const parsedBefore = parsedBytes;

    socket.destroy();
    reader.release();

    expect([chunk.length, next.length]).toEqual([0, 0]);
    expect(parsedBytes).toBe(parsedBefore);
  });

  it('is kept while the chunk is parsed, also when that closes the connection', async () => {
    const lengths: number[] = [];
    const { socket, reader } = createReader(function () {
      this.destroy();
      reader.release();
      lengths.push(chunk.length);
    });
    const chunk = Buffer.alloc(CHUNK_BYTES, 'x');

    socket.push(chunk);
    await nextTick();

    expect(lengths).toEqual([CHUNK_BYTES]);
  });
});

it('skips empty lines before a request, which the parser ignores, behind the first', async () => {
  const request = 'GET / HTTP/1.1\r\nA: 1\r\n\r\n';
  const parsed: string[] = [];
  const { socket } = createReader((slice) => parsed.push(String(slice)));

  socket.push(`${'\r\n'.repeat(30_000)}\n\r${request}`);
  await nextTick();

  expect(parsed).toEqual(['\r\n'.repeat(4), request]);
});
