// The files of the site are sent in turns.
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTick } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { processArrivals } from '../../server/edge/exchange/arrivals.ts';
import { memoryOf } from '../../server/edge/memory/request-memory.ts';
import { SendTurns } from '../../server/site/send-turns.ts';
import { collectGarbage } from '../support/collect-garbage.ts';

/** The parts of a response that are used. */
interface State {
  closed: boolean;
  headersSent: boolean;
}

function createResponse(socket: object): ServerResponse & State {
  const state: State = { closed: false, headersSent: false };
  // Other parts are not used.
  return Object.assign(new EventEmitter(), state, { req: { socket } }) as unknown as ServerResponse & State;
}

/** Adds responses on these connections, each of which is named, and resolves with the names in the order of sending. */
function start(connections: object[]) {
  const turns = new SendTurns();
  const sent: string[] = [];
  const add = (connection: number, name: string) => {
    const response = createResponse(connections[connection] ?? {});
    turns.take(response).then(
      () => sent.push(name),
      (error) => sent.push(`${name}: ${error.type}`),
    );
    return response;
  };
  return { add, sent };
}

afterEach(() => {
  vi.useRealTimers();
});

it('sends one file of each connection after the other, in the order of its requests', async () => {
  const { add, sent } = start([{}, {}, {}]);

  for (const name of ['a1', 'a2', 'a3']) add(0, name);
  for (const name of ['b1', 'b2']) add(1, name);
  add(2, 'c1');

  await vi.waitFor(() => expect(sent).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']));
});

it('sends one file in a tick of the event loop', async () => {
  const { add, sent } = start([{}]);
  for (const name of ['a1', 'a2', 'a3']) add(0, name);
  const counts: number[] = [];

  for (let tick = 0; tick < 5; tick++) {
    await nextTick();
    counts.push(sent.length);
  }

  expect(counts).toEqual([1, 2, 3, 3, 3]);
});

it('sends nothing while connections arrive, for 5 ms at most', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { add, sent } = start([{}]);
  add(0, 'a1');
  const counts: number[] = [];

  for (let ms = 0; ms <= 5; ms++) {
    for (let tick = 0; tick < 5; tick++) {
      processArrivals.add();
      await nextTick();
    }
    counts.push(sent.length);
    vi.advanceTimersByTime(1);
  }

  expect(counts).toEqual([0, 0, 0, 0, 0, 1]);
});

it('neither sends nor holds a response that is closed before its turn', async () => {
  const { add, sent } = start([{}, {}]);
  add(0, 'a1');
  const holder: { response?: ServerResponse } = { response: add(1, 'b1') };
  const closed = new WeakRef(holder.response as object);

  holder.response?.emit('close');
  delete holder.response;
  await vi.waitFor(() => expect(sent).toEqual(['a1']));
  await nextTick();
  collectGarbage();

  expect(sent).toEqual(['a1']);
  expect(closed.deref()).toBeUndefined();
});

it('sends nothing for a response that is closed already', async () => {
  const turns = new SendTurns();
  const send = vi.fn();
  const response = createResponse({});
  response.closed = true;

  void turns.take(response).then(send);
  for (let tick = 0; tick < 3; tick++) await nextTick();

  expect(send).not.toHaveBeenCalled();
});

it('sends nothing for a response whose request has been rejected meanwhile', async () => {
  const { add, sent } = start([{}, {}]);
  add(0, 'a1');
  const rejected = add(1, 'b1');
  add(1, 'b2');

  rejected.headersSent = true;

  await vi.waitFor(() => expect(sent).toEqual(['a1', 'b2']));
});

it('rejects a response whose memory is needed for others, unless it is its turn', async () => {
  const { add, sent } = start([{}, {}]);
  const first = add(0, 'a1');
  const second = add(1, 'b1');
  add(1, 'b2');
  const [firstMemory, secondMemory] = [first, second].map((response) => memoryOf(response.req, response));
  secondMemory?.add(5000);

  secondMemory?.rejectWaiting();
  await vi.waitFor(() => expect(sent).toEqual(['b1: Unavailable', 'a1', 'b2']));

  expect(secondMemory?.bytes).toBe(0);
  expect([firstMemory?.isWaiting, secondMemory?.isWaiting]).toEqual([false, false]);
});

it('does not reject a response that has been sent meanwhile', async () => {
  const { add, sent } = start([{}, {}]);
  add(0, 'a1');
  const response = add(1, 'b1');

  response.headersSent = true;
  memoryOf(response.req, response).rejectWaiting();
  await vi.waitFor(() => expect(sent).toEqual(['a1']));
  await nextTick();

  expect(sent).toEqual(['a1']);
});

it('continues when more is added later', async () => {
  const { add, sent } = start([{}, {}]);

  add(0, 'a1');
  await vi.waitFor(() => expect(sent).toEqual(['a1']));
  await nextTick();
  add(1, 'b1');

  await vi.waitFor(() => expect(sent).toEqual(['a1', 'b1']));
});
