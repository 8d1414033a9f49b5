// The choice of the connections to evict.
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { noteClient } from '../../../server/edge/exchange/socket-clients.ts';
import { MemoryBudget } from '../../../server/edge/memory/memory-budget.ts';
import type { Connection } from '../../../server/http/connections/connection.ts';
import { makeSlot, Reclaimer } from '../../../server/http/connections/evict-connections.ts';

/** Connections in these states, the oldest first. */
const connectionsIn = (...states: Connection['state'][]) =>
  states.map((state, sinceMs) => {
    const connection = {
      state,
      sinceMs,
      heldBytes: 0,
      socket: new Socket(),
      rejectRequests: () => undefined,
      pendingResponses: { size: 0 },
    };
    // Other parts are not used.
    return connection as unknown as Connection;
  });

/** Returns the times since which they wait, in the order in which they are closed. */
function reclaimAll(connections: Connection[]): number[] {
  const closed: number[] = [];
  const reclaimer = new Reclaimer(
    () => connections,
    new MemoryBudget(1000),
    ({ sinceMs }) => closed.push(sinceMs),
  );
  reclaimer.reclaim(1000);
  return closed;
}

it('frees no memory of connections that are new, or that the server is working on', () => {
  expect(reclaimAll(connectionsIn('new', 'working', 'idle', 'unread'))).toEqual([2, 3]);
});

it('frees first what the client holds that holds most', () => {
  const held = [0, 9000, 5000, 5000, 0];
  const clients = ['idle', 'single', 'double', 'double', 'idle'];
  const connections = connectionsIn('idle', 'waiting', 'waiting', 'waiting', 'idle');
  for (const [index, connection] of connections.entries()) {
    Object.assign(connection, { heldBytes: held[index] });
    noteClient(connection.socket, clients[index]);
  }

  expect(reclaimAll(connections)).toEqual([2, 3, 0, 4, 1]);
});

it('frees small connections of a client that has many before a large one of another', () => {
  const connections = connectionsIn('waiting', ...Array<'idle'>(20).fill('idle'));
  for (const [index, connection] of connections.entries()) {
    Object.assign(connection, { heldBytes: index === 0 ? 100_000 : 0 });
    noteClient(connection.socket, index === 0 ? 'large' : 'many');
  }
  expect(reclaimAll(connections)).toEqual([...connections.keys()].slice(1).concat(0));
});

it('frees a large one of a client before its small ones, however long these wait', () => {
  const connections = connectionsIn('idle', 'receiving', 'idle');
  Object.assign(connections[1] ?? {}, { heldBytes: 100_000 });
  expect(reclaimAll(connections)).toEqual([1, 0, 2]);
});

it('frees first what waits for its client, and last what has not been read', () => {
  const connections = connectionsIn('stopped', 'queued', 'waiting', 'held', 'idle', 'receiving', 'unread');

  expect(reclaimAll(connections)).toEqual([4, 5, 6, 3, 1, 2, 0]);
});

it('frees large first requests that are held before small ones, and of both those that wait longest', () => {
  const connections = connectionsIn('held', 'held', 'held', 'held', 'idle', 'receiving');
  for (const [index, connection] of connections.entries())
    Object.assign(connection, { heldBytes: [30, 300, 5000, 9000, 0, 9000][index] });

  expect(reclaimAll(connections)).toEqual([4, 5, 2, 3, 0, 1]);
});

it('makes a slot of a new connection only if there is no other, and of none in progress', () => {
  const closed: string[] = [];

  makeSlot(connectionsIn('new', 'working', 'queued', 'idle'), 1, ({ state }) => closed.push(state));
  makeSlot(connectionsIn('new', 'working', 'queued'), 1, ({ state }) => closed.push(state));
  makeSlot(connectionsIn('new', 'working'), 1, ({ state }) => closed.push(state));

  expect(closed).toEqual(['idle', 'queued', 'new']);
});
