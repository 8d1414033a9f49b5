// A client that asks for the requests and does not read them.
import { expect, it, onTestFinished, vi } from 'vitest';
import { startMock } from '../../../mock/start.ts';
import { processMemory } from '../../../server/edge/memory/memory-budget.ts';
import { openConnection } from '../../support/http/sockets.ts';

it('is counted with each of its responses, until its connection is closed', async () => {
  const mock = await startMock();
  onTestFinished(() => mock.close());
  const headers = { 'X-Large': 'x'.repeat(15_000) };
  for (let count = 0; count < 900; count++) await fetch(`${mock.url}/unknown`, { headers });
  const before = processMemory.held;

  const { socket } = await openConnection(new URL(mock.url).origin);
  socket.pause();
  socket.write('GET /_mock/requests HTTP/1.1\r\nHost: localhost\r\n\r\n');

  // The response has 13 MB, of which the system takes some.
  await vi.waitFor(() => expect(processMemory.held - before).toBeGreaterThan(13_000_000));
  socket.destroy();
  await vi.waitFor(() => expect(processMemory.held - before).toBeLessThan(50_000));
});
