// The choice of the connections to evict.
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { MemoryBudget } from '../../../server/edge/memory/memory-budget.ts';
import type { Connection } from '../../../server/http/connections/connection.ts';
import { makeSlot, Reclaimer } from '../../../server/http/connections/evict-connections.ts';

/** Connections in these states, the oldest first. */
const connectionsIn = (...states: Connection['state'][]) =>
  states.map((state, sinceMs) => {
    const connection = { state, sinceMs, heldBytes: 0, socket: new Socket(), rejectRequests: () => undefined };
    // Other parts are not used.
    return connection as unknown as Connection;
  });

it('frees no memory of connections that wait for the server', () => {
  const connections = connectionsIn('new', 'working', 'idle', 'unread');
  const closed: string[] = [];
  const reclaimer = new Reclaimer(
    () => connections,
    new MemoryBudget(1000),
    ({ state }) => closed.push(state),
  );

  reclaimer.reclaim(1000);

  expect(closed).toEqual(['idle', 'unread']);
});

it('makes a slot of a new connection only if there is no other, and of none in progress', () => {
  const closed: string[] = [];

  makeSlot(connectionsIn('new', 'working', 'queued', 'idle'), 1, ({ state }) => closed.push(state));
  makeSlot(connectionsIn('new', 'working', 'queued'), 1, ({ state }) => closed.push(state));
  makeSlot(connectionsIn('new', 'working'), 1, ({ state }) => closed.push(state));

  expect(closed).toEqual(['idle', 'queued', 'new']);
});
