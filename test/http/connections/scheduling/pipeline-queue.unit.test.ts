// Pipelined requests begin in turns, so that others are served in between.
import { setImmediate as nextTick } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Connection } from '../../../../server/http/connections/connection.ts';
import type { PendingResponse } from '../../../../server/http/connections/pending-response.ts';
import { PipelineQueue } from '../../../../server/http/connections/scheduling/pipeline-queue.ts';

const RESPONSE = { headersSent: false } as PendingResponse; // No more of it is used.

/** A connection with one request in progress and `count` in its queue. It has only what the queue uses. */
function createConnection(count: number, work: () => void): Connection {
  const connection = {
    queue: Array.from({ length: count }, () => ({ response: RESPONSE, work })),
    pendingResponses: { has: () => true, hasExpectationBefore: () => false },
    socket: { writable: true, writableLength: 0, writableHighWaterMark: 16_384 },
    inProgress: 1,
    heldBytes: 0,
    reader: { pause: () => {}, resume: () => {} },
  };
  return connection as unknown as Connection; // The queue uses no more of it.
}

/** Work that takes this time after a first `await`, by the fake clock. */
function busy(ms: number): () => Promise<void> {
  return async () => {
    await undefined;
    vi.advanceTimersByTime(ms);
  };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

it('begins one request in a tick when its steps take longer than a tick may', async () => {
  const queue = new PipelineQueue(
    (work) => work(),
    () => false,
  );
  let begun = 0;
  const work = busy(3);
  const start = () => {
    begun++;
    void work();
  };

  for (let index = 0; index < 20; index++) queue.resume(createConnection(5, start));
  const counts: number[] = [];
  while (begun < 100) {
    const before = begun;
    await nextTick();
    counts.push(begun - before);
  }

  expect(Math.max(...counts)).toBe(1);
});

it('begins the requests of one connection after the other', async () => {
  const queue = new PipelineQueue(
    (work) => work(),
    () => false,
  );
  const order: string[] = [];

  queue.resume(createConnection(3, () => order.push('a')));
  queue.resume(createConnection(3, () => order.push('b')));
  while (order.length < 6) await nextTick();

  expect(order.join('')).toBe('ababab');
});

it('begins none while connections are being accepted', async () => {
  let isAccepting = true;
  const queue = new PipelineQueue(
    (work) => work(),
    () => isAccepting,
  );
  let begun = 0;

  queue.resume(createConnection(1, () => begun++));
  for (let tick = 0; tick < 10; tick++) await nextTick();
  const meanwhile = begun;
  isAccepting = false;
  while (begun === 0) await nextTick();

  expect([meanwhile, begun]).toEqual([0, 1]);
});
