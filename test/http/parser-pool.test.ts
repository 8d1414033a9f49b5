// Node's parsers, which keep partial headers: a connection that is closed leaves none behind.
import { expect, it, onTestFinished, vi } from 'vitest';
import { MemoryBudget } from '../../server/edge/memory/memory-budget.ts';
import { openConnection } from '../support/http/sockets.ts';
import { startEdge } from '../support/targets.ts';

/** The parsers that Node keeps for new connections. */
const { parsers } = process.getBuiltinModule('_http_common') as { parsers: { list: unknown[] } }; // Node 20 and 24.

it('releases the parsers of connections that are closed for lack of memory', async () => {
  const memory = new MemoryBudget(200_000);
  const edge = await startEdge({}, { memory }, { memory });
  onTestFinished(() => edge.close());
  const text = `GET / HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(16_000)}`;

  const connections = await Promise.all(Array.from({ length: 20 }, () => openConnection(edge.url)));
  for (const { socket } of connections) socket.write(text);

  await vi.waitFor(() => expect(memory.reclaimed).toBeGreaterThanOrEqual(16));
  await vi.waitFor(() => expect(connections.filter(({ socket }) => socket.closed).length).toBe(memory.reclaimed));
  expect(parsers.list).toEqual([]);
});
