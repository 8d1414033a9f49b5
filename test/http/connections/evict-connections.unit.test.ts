// The connections that are closed when there are too many, or when they hold too much memory.
import { Socket } from 'node:net';
import { setImmediate as nextTick } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MemoryBudget } from '../../../server/edge/memory/memory-budget.ts';
import { Connection, type ConnectionState } from '../../../server/http/connections/connection.ts';
import { makeSlot, Reclaimer } from '../../../server/http/connections/evict-connections.ts';
import { BulkReads } from '../../../server/http/connections/reading/bulk-reads.ts';

/** The parts of a connection that are used. */
function createStub(state: ConnectionState, waitingSinceMs: number, heldBytes = 9000): Connection {
  const stub = { state, waitingSinceMs, heldBytes, rejectBody: () => undefined };
  return stub as Partial<Connection> as Connection;
}

describe('makeSlot', () => {
  it.each<[string, ConnectionState[], ConnectionState]>([
    ['without a request', ['unheard', 'working', 'unread', 'idle'], 'idle'],
    ['with an unfinished body', ['unheard', 'queued', 'receiving', 'unread'], 'receiving'],
    ['whose response is not read', ['unheard', 'working', 'unread'], 'unread'],
    ['that was never read', ['working', 'unheard'], 'unheard'],
  ])('closes one %s first', (_name, states, expected) => {
    const closed: ConnectionState[] = [];

    makeSlot(
      states.map((state, index) => createStub(state, index)),
      100,
      ({ state }) => closed.push(state),
    );

    expect(closed).toEqual([expected]);
  });

  it('closes none while the server works on a request of each', () => {
    makeSlot([createStub('working', 0)], 100, () => expect.unreachable());
  });
});

describe('Reclaimer', () => {
  it('closes what waits for its client, large holders and the longest wait first, and nothing else', () => {
    const connections = [
      createStub('unheard', Number.POSITIVE_INFINITY),
      createStub('working', 1),
      createStub('idle', 3),
      createStub('unread', 2),
      createStub('receiving', 4, 20_000),
    ];
    const closed: ConnectionState[] = [];
    const reclaimer = new Reclaimer(
      () => connections,
      new MemoryBudget(48 * 1_048_576),
      ({ state, heldBytes }) => {
        closed.push(state);
        return heldBytes;
      },
    );

    reclaimer.reclaim(Number.POSITIVE_INFINITY);

    expect(closed).toEqual(['receiving', 'unread', 'idle']);
  });
});

describe('a connection that was never read', () => {
  function createConnection() {
    const bulkReads = new BulkReads(
      () => [],
      () => false,
    );
    const connection = new Connection(
      new Socket(),
      new MemoryBudget(48 * 1_048_576),
      bulkReads,
      () => {},
      () => {},
    );
    return { connection, bulkReads };
  }

  it('waits for its client only when it was its turn', async () => {
    const { connection } = createConnection();

    connection.pauseReading();
    expect([connection.state, connection.waitingSinceMs]).toEqual(['unheard', Number.POSITIVE_INFINITY]);

    connection.resumeReading();
    expect(connection.state).toBe('unheard');
    await nextTick();

    expect(connection.state).toBe('idle');
    expect(connection.waitingSinceMs).toBe(connection.sinceMs);
  });

  it('has not waited while the server did not read all that had arrived', () => {
    const { connection, bulkReads } = createConnection();
    const endedEarlyMs = performance.now() + 1000;

    bulkReads.endedEarlyMs = endedEarlyMs;

    expect(connection.waitingSinceMs).toBe(endedEarlyMs);
  });
});
