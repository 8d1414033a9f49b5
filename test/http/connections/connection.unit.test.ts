// The state of one connection, by which those to evict are chosen.
import { Socket } from 'node:net';
import { setImmediate as nextTick } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { MemoryBudget } from '../../../server/edge/memory/memory-budget.ts';
import { Connection } from '../../../server/http/connections/connection.ts';
import { ReadTurns } from '../../../server/http/connections/reading/read-turns.ts';

it('does not wait for its client before its first data can have been read', async () => {
  const socket = new Socket().on('data', () => {});
  onTestFinished(() => void socket.destroy());
  const readTurns = new ReadTurns(
    () => [],
    () => false,
  );
  const connection = new Connection(
    socket,
    new MemoryBudget(100_000),
    readTurns,
    () => {},
    () => {},
  );

  connection.awaitTurn();
  await nextTick();
  const states = [connection.state];
  connection.beginReading();
  states.push(connection.state);
  await nextTick();
  states.push(connection.state);

  expect(states).toEqual(['new', 'stopped', 'idle']);
});
