// Many clients that use the controls at the same time.
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { Journal } from '../../../mock/core/journal/journal.ts';
import { ScenarioQueue } from '../../../mock/core/scenario-queue.ts';
import { exchange } from '../../support/http/http.ts';
import { create, mock, origin, shareMock, useShared, VALID } from './controlled-mock.ts';

shareMock();
beforeEach(useShared);
afterEach(() => {
  vi.restoreAllMocks();
});

const list = () => exchange(origin, { method: 'GET', path: '/_mock/requests' });

/** Returns a function that counts the ticks of the event loop. */
function countTicks(): () => number {
  let ticks = 0;
  let next = setImmediate(function count() {
    ticks++;
    next = setImmediate(count);
  });
  onTestFinished(() => clearImmediate(next));
  return () => ticks;
}

it('gives readers of the requests the same list, each in a tick of the event loop of its own', async () => {
  for (let index = 0; index < 3; index++) await create({ body: { ...VALID, index } });
  const tick = countTicks();
  const ticks: number[] = [];
  vi.spyOn(Journal.prototype, 'droppedRequests', 'get').mockImplementation(() => {
    ticks.push(tick());
    return 0;
  });

  const responses = await Promise.all(Array.from({ length: 30 }, list));

  expect(ticks).toHaveLength(30);
  expect(new Set(ticks).size).toBe(30);
  for (const { body } of responses) expect(body).toEqual(JSON.parse(JSON.stringify(mock.requests)));
});

it('serializes large requests in ticks of their own', async () => {
  const large = Array.from({ length: 50_000 }, (_, index) => ({ [index]: 1 }));
  for (let index = 0; index < 3; index++) await create({ body: large });
  const tick = countTicks();
  const ticks: number[] = [];
  const { serializeFor } = Journal.prototype;
  vi.spyOn(Journal.prototype, 'serializeFor').mockImplementation(function (this: Journal) {
    ticks.push(tick());
    return serializeFor.call(this, 0);
  });

  await Promise.all([list(), list()]);

  expect(ticks.length).toBeGreaterThan(3);
  expect(new Set(ticks).size).toBe(ticks.length);
});

it('parses large bodies in ticks of their own', async () => {
  const tick = countTicks();
  const ticks: number[] = [];
  const body = `{"scenario": "RateLimited"${' '.repeat(40_000)}}`;
  vi.spyOn(ScenarioQueue.prototype, 'add').mockImplementation(() => void ticks.push(tick()));

  await Promise.all(Array.from({ length: 10 }, () => exchange(origin, { method: 'POST', path: '/_mock/next', body })));

  expect(ticks).toHaveLength(10);
  expect(new Set(ticks).size).toBe(10);
});
