// Requests that arrive in the same tick of the event loop.
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Arrivals } from '../../../server/edge/exchange/arrivals.ts';
import { type BatchedExchange, createBatchScheduler } from '../../../server/edge/exchange/batch-scheduler.ts';
import { memoryOf } from '../../../server/edge/memory/request-memory.ts';

const nextTick = () => new Promise(setImmediate);

/** An exchange of this client, whose body has this size. */
function exchangeOf(clientId: string, bodyBytes = 100) {
  const request = new IncomingMessage(new Socket());
  const exchange = { request, response: new ServerResponse(request), principal: { account: '', clientId }, bodyBytes };
  return exchange as typeof exchange & BatchedExchange; // The scheduler uses nothing of Express.
}

describe('the batch scheduler', () => {
  it('resumes all callers of a tick at its end, in order', async () => {
    const joinBatch = createBatchScheduler();
    const seen: string[] = [];
    const wait = async (name: string) => {
      await joinBatch(exchangeOf('a'));
      seen.push(name);
    };

    const first = [wait('a'), wait('b'), wait('c')];
    await Promise.resolve();
    expect(seen).toEqual([]);
    await Promise.all(first);
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  it('resumes at most 64 in a tick', async () => {
    const joinBatch = createBatchScheduler();
    let gone = 0;
    const all = Array.from({ length: 150 }, () => joinBatch(exchangeOf('a')).then(() => gone++));
    const seen: number[] = [];

    while (gone < 150) {
      await nextTick();
      seen.push(gone);
    }
    await Promise.all(all);

    expect(seen).toEqual([64, 128, 150]);
  });

  it('resumes one of each client after the other', async () => {
    const joinBatch = createBatchScheduler();
    const seen: string[] = [];
    const all = ['a', 'a', 'a', 'b', 'c', 'b'].map((client) =>
      joinBatch(exchangeOf(client)).then(() => seen.push(client)),
    );
    await Promise.all(all);

    expect(seen).toEqual(['a', 'b', 'c', 'a', 'b', 'a']);
  });

  it('resumes no more in a tick when their bodies have 64 KiB together', async () => {
    const joinBatch = createBatchScheduler();
    let gone = 0;
    for (let count = 0; count < 6; count++) void joinBatch(exchangeOf('a', 30_000)).then(() => gone++);
    const seen: number[] = [];

    for (let tick = 0; tick < 2; tick++) {
      await nextTick();
      seen.push(gone);
    }

    expect(seen).toEqual([3, 6]);
  });

  it('resumes callers that join from a batch in a later tick', async () => {
    const joinBatch = createBatchScheduler();
    let batches = 0;
    const first = joinBatch(exchangeOf('a')).then(() => joinBatch(exchangeOf('a')));
    void first.then(() => {
      batches++;
    });

    await nextTick();
    expect(batches).toBe(0);
    await first;

    expect(batches).toBe(1);
  });

  it('resumes eight, or 8 KiB, every 10 ms while a burst of connections is being accepted', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const resumedIn = async (bodyBytes: number) => {
      const arrivals = new Arrivals();
      const joinBatch = createBatchScheduler(arrivals);
      let gone = 0;
      arrivals.beginBurst();
      for (let count = 0; count < 20; count++) void joinBatch(exchangeOf('a', bodyBytes)).then(() => gone++);
      const counts: number[] = [];
      for (const ms of [0, 9, 1, 0]) {
        vi.advanceTimersByTime(ms);
        await nextTick();
        counts.push(gone);
      }
      arrivals.endBurst();
      await nextTick();
      return [...counts, gone];
    };

    expect(await resumedIn(100)).toEqual([8, 8, 16, 16, 20]);
    expect(await resumedIn(3000)).toEqual([3, 3, 6, 6, 20]);
  });

  it('rejects a request whose connection is closed, before or while it waits', async () => {
    const joinBatch = createBatchScheduler();
    const [closed, closing, other] = [exchangeOf('a'), exchangeOf('a'), exchangeOf('a')];
    memoryOf(closed.request, closed.response);
    closed.response.emit('close');

    const results = Promise.allSettled([closed, closing, other].map(joinBatch));
    closing.response.emit('close');

    const expected = { status: 'rejected', reason: { type: 'MalformedJson' } };
    expect(await results).toMatchObject([expected, expected, { status: 'fulfilled' }]);
  });

  it('rejects a request whose memory is needed for others, and no longer counts it', async () => {
    const joinBatch = createBatchScheduler();
    const exchange = exchangeOf('a');
    const memory = memoryOf(exchange.request, exchange.response);
    memory.add(1000);

    const joined = joinBatch(exchange);
    expect(memory.isWaiting).toBe(true);
    memory.rejectWaiting();

    await expect(joined).rejects.toMatchObject({ type: 'Unavailable' });
    expect([memory.isWaiting, memory.bytes]).toEqual([false, 0]);
  });

  it('lets the memory of a request no longer be reclaimed when it is resumed', async () => {
    const joinBatch = createBatchScheduler();
    const exchange = exchangeOf('a');

    await joinBatch(exchange);

    expect(memoryOf(exchange.request, exchange.response).isWaiting).toBe(false);
  });
});
