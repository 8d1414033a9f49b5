// New connections are accepted before they are read, but not for ever.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Arrivals } from '../../../../server/edge/exchange/arrivals.ts';
import type { Connection } from '../../../../server/http/connections/connection.ts';
import { NewConnections } from '../../../../server/http/connections/scheduling/new-connections.ts';

/** A connection that counts how often it is read. It has no more than the class uses. */
function createConnection() {
  const connection = {
    reads: 0,
    isReset: false,
    isDestroyed: false,
    awaitTurn: () => {},
    beginReading: () => connection.reads++,
    destroy: () => {
      connection.isDestroyed = true;
    },
  };
  return connection as typeof connection & Connection; // No more of it is used.
}

function createNewConnections(isBehind = () => false) {
  const arrivals = new Arrivals();
  return { connections: new NewConnections(isBehind, arrivals), arrivals };
}

/** Resolves in the next tick, before the immediates that this one schedules later. */
const nextTick = () => new Promise<void>((settle) => setImmediate(settle));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

it('reads a lone connection as soon as no other follows', async () => {
  const { connections, arrivals } = createNewConnections();
  const connection = createConnection();

  connections.add(connection);
  await nextTick();
  await nextTick();

  expect([connection.reads, arrivals.isBurst]).toEqual([1, false]);
});

it('lets other work pass at times while connections arrive without a pause', async () => {
  const { connections, arrivals } = createNewConnections();
  const arrived: { reads: number }[] = [];
  let passes = 0;

  for (let ms = 0; ms < 400; ms++) {
    vi.advanceTimersByTime(1);
    const tick = nextTick();
    const connection = createConnection();
    arrived.push(connection);
    connections.add(connection);
    await tick;
    // Other work asks before the class has its turn in this tick.
    if (!arrivals.isBurst) passes++;
  }

  // Every tick of the 20 ms and more after each 50 in which connections are only accepted.
  expect(passes).toBeGreaterThan(100);
  expect(arrived.filter(({ reads }) => reads === 1).length).toBeGreaterThan(arrived.length / 2);
  expect(arrived.every(({ reads }) => reads <= 1)).toBe(true);
});

it('accepts no burst while the reading of earlier connections is behind', async () => {
  let isBehind = true;
  const { connections, arrivals } = createNewConnections(() => isBehind);
  const bursts: boolean[] = [];
  const addOne = async () => {
    const tick = nextTick();
    connections.add(createConnection());
    await tick;
    bursts.push(arrivals.isBurst);
  };

  for (let tick = 0; tick < 5; tick++) await addOne();
  isBehind = false;
  await nextTick();
  await nextTick();
  for (let tick = 0; tick < 2; tick++) await addOne();
  isBehind = true;
  for (let tick = 0; tick < 2; tick++) await addOne();

  expect(bursts).toEqual([false, false, false, false, false, true, true, false, false]);
});

it('reads the oldest, too, while clients that were read connect again', async () => {
  const { connections } = createNewConnections();
  const first = Array.from({ length: 100 }, createConnection);
  let open = first;
  for (const connection of open) connections.add(connection);

  for (let tick = 0; tick < 100; tick++) {
    await nextTick();
    // Their new connections arrive in every other tick.
    if (tick % 2 === 0) continue;
    const again = open.filter(({ reads }) => reads === 1).map(createConnection);
    open = [...open.filter(({ reads }) => reads === 0), ...again];
    for (const connection of again) connections.add(connection);
  }

  expect(first.filter(({ reads }) => reads === 0)).toHaveLength(0);
});

it('reads 256 connections in each tick after a burst, the newest and the oldest first', async () => {
  const { connections } = createNewConnections();
  const arrived = Array.from({ length: 400 }, createConnection);
  for (const connection of arrived) connections.add(connection);

  vi.advanceTimersByTime(1);
  await nextTick();
  expect(arrived.filter(({ reads }) => reads > 0)).toHaveLength(0);
  await nextTick();

  const ranges = [arrived.slice(0, 128), arrived.slice(128, 272), arrived.slice(272)];
  expect(ranges.map((range) => range.filter(({ reads }) => reads > 0).length)).toEqual([128, 0, 128]);
});

it('ends a burst when 1,024 connections wait', async () => {
  const { connections, arrivals } = createNewConnections();
  const add = async (count: number) => {
    for (let index = 0; index < count; index++) connections.add(createConnection());
    await nextTick();
    return arrivals.isBurst;
  };

  expect([await add(1023), await add(1)]).toEqual([true, false]);
});

it('ends a burst in which all connections were reset', async () => {
  const { connections, arrivals } = createNewConnections();
  const reset = createConnection();
  reset.isReset = true;

  connections.add(reset);
  const states = [arrivals.isBurst];
  for (let tick = 0; tick < 2; tick++) {
    await nextTick();
    states.push(arrivals.isBurst);
  }

  expect(states).toEqual([true, true, false]);
});

it('closes connections that their client has reset, before or while they wait, and reads none of them', async () => {
  const { connections } = createNewConnections();
  const [before, meanwhile, open] = [createConnection(), createConnection(), createConnection()];
  before.isReset = true;
  for (const connection of [before, meanwhile, open]) connections.add(connection);
  const isDestroyedAtOnce = [before.isDestroyed, meanwhile.isDestroyed];

  meanwhile.isReset = true;
  await nextTick();
  await nextTick();

  expect(isDestroyedAtOnce).toEqual([true, false]);
  expect([before, meanwhile, open].map(({ reads }) => reads)).toEqual([0, 0, 1]);
  expect([before, meanwhile, open].map(({ isDestroyed }) => isDestroyed)).toEqual([true, true, false]);
});
