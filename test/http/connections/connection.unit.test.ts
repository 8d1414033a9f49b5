// The memory of one connection that Node has paused, because its responses are not read.
import { Socket } from 'node:net';
import { setImmediate as nextTick } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { MemoryBudget } from '../../../server/edge/memory/memory-budget.ts';
import { Connection } from '../../../server/http/connections/connection.ts';
import { BulkReads } from '../../../server/http/connections/reading/bulk-reads.ts';

/** A connection on a socket without a peer, whose data goes to `parse` as to Node's parser. */
function createConnection(parse: (this: Socket, slice: Buffer) => void) {
  const socket = new Socket();
  onTestFinished(() => void socket.destroy());
  socket.on('data', parse);
  const budget = new MemoryBudget(48 * 1_048_576);
  const bulkReads = new BulkReads(
    () => [],
    () => false,
  );
  const connection = new Connection(
    socket,
    budget,
    bulkReads,
    () => {},
    () => {},
  );
  return { socket, connection, budget };
}

/** Pauses and resumes a socket as Node's HTTP server does. */
const pause = (socket: Socket) => Object.assign(socket, { _paused: true }).pause();
const resume = (socket: Socket) => Object.assign(socket, { _paused: false }).resume();

it('counts what Node may read while it has paused the connection, until it resumes', async () => {
  const { socket, budget } = createConnection(function () {
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
  const { socket } = createConnection(function (slice) {
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
