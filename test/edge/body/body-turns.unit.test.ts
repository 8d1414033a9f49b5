// Medium and large bodies take turns, so that a few of them do not use up memory and time for all.
import { setImmediate as nextTick } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { BodyTurns, type EndTurn, type WaitingBody } from '../../../server/edge/body/body-turns.ts';
import { MemoryBudget } from '../../../server/edge/memory/memory-budget.ts';
import { RequestMemory } from '../../../server/edge/memory/request-memory.ts';

/** A waiting body. The budget has room for it by default. */
function createBody(client: string, bytes = 1, budget = new MemoryBudget(2 * bytes)): WaitingBody {
  const memory = new RequestMemory(budget);
  memory.add(bytes);
  return { client, bytes, memory };
}

/** Takes this number of turns. Returns those that have started. */
function takeTurns(bodies: BodyTurns, count: number, client = 'a') {
  const begun: EndTurn[] = [];
  for (let index = 0; index < count; index++)
    bodies.takeTurn(createBody(client)).then((endTurn) => begun.push(endTurn));
  return begun;
}

async function passTicks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick++) await nextTick();
}

describe('turns of bodies', () => {
  it('begin in separate ticks, two at once', async () => {
    const begun = takeTurns(new BodyTurns(), 4);
    const counts: number[] = [];
    for (let tick = 0; tick < 7; tick++) {
      await nextTick();
      counts.push(begun.length);
    }

    expect(counts.every((count, tick) => count <= tick + 1)).toBe(true);
    expect(counts.at(-1)).toBe(2);
  });

  it('begin when others have ended, however often their end is reported', async () => {
    const begun = takeTurns(new BodyTurns(), 8);
    await passTicks(8);
    begun[0]?.();
    begun[0]?.();
    await passTicks(8);

    expect(begun).toHaveLength(3);
  });

  it('are given up when the response is closed while they wait', async () => {
    const bodies = new BodyTurns();
    const begun = takeTurns(bodies, 2);
    const body = createBody('a');
    const rejection = expect(bodies.takeTurn(body)).rejects.toMatchObject({ type: 'MalformedJson' });
    const later = takeTurns(bodies, 1);
    await passTicks(8);
    body.memory.close();
    begun[0]?.();
    await passTicks(8);

    await rejection;
    expect(later).toHaveLength(1);
  });

  it('are given up when the memory is needed for others while they wait, and not later', async () => {
    const bodies = new BodyTurns();
    const budget = new MemoryBudget(1000);
    const [first, second, third] = [1, 2, 3].map(() => createBody('a', 100, budget));
    if (!first || !second || !third) throw new Error('There are three bodies.');
    const begun = await Promise.all([bodies.takeTurn(first), bodies.takeTurn(second)]);
    const rejection = expect(bodies.takeTurn(third)).rejects.toMatchObject({ type: 'Unavailable' });
    const later = takeTurns(bodies, 1);
    const areWaiting = [first, second, third].map(({ memory }) => memory.isWaiting);
    third.memory.rejectWaiting();
    for (const endTurn of begun) endTurn();
    await passTicks(8);

    await rejection;
    expect(areWaiting).toEqual([false, false, true]);
    expect(budget.held).toBe(200);
    expect(later).toHaveLength(1);
  });

  it('begin for one client after the other', async () => {
    const bodies = new BodyTurns();
    const order: string[] = [];
    const take = (client: string, count: number) => {
      for (let index = 1; index <= count; index++)
        bodies.takeTurn(createBody(client)).then((endTurn) => {
          order.push(`${client}${index}`);
          setImmediate(endTurn);
        });
    };
    take('a', 5);
    take('b', 2);
    take('c', 1);
    await passTicks(40);

    expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4', 'a5']);
  });

  it('pass over a client whose only response was closed', async () => {
    const bodies = new BodyTurns();
    const begun = takeTurns(bodies, 2);
    const body = createBody('b');
    const rejection = expect(bodies.takeTurn(body)).rejects.toMatchObject({ type: 'MalformedJson' });
    const later = takeTurns(bodies, 1, 'c');
    body.memory.close();
    await passTicks(8);
    for (const endTurn of begun) endTurn();
    await passTicks(8);

    await rejection;
    expect(later).toHaveLength(1);
  });

  it('are denied to a client with 16 MiB waiting, and to no other', async () => {
    const bodies = new BodyTurns();
    const take = (client: string) => bodies.takeTurn(createBody(client, 1_048_576));
    const first = Promise.all([take('a'), take('a')]);
    await passTicks(8);
    const waiting = Array.from({ length: 16 }, () => take('a'));
    await expect(take('a')).rejects.toMatchObject({ type: 'Unavailable' });
    const other = take('b');
    for (const endTurn of await first) endTurn();
    await passTicks(8);
    const again = take('a');
    for (const each of [other, ...waiting, again]) (await each)();

    expect(await again).toBeTypeOf('function');
  });

  it('are denied to a client whose bodies of both sizes have 16 MiB waiting', async () => {
    const waitingBytes = new Map<string, number>();
    const [medium, large] = [new BodyTurns(waitingBytes), new BodyTurns(waitingBytes)];
    const take = (bodies: BodyTurns, client: string) => bodies.takeTurn(createBody(client, 1_048_576));
    const begun = Promise.all([take(medium, 'a'), take(medium, 'a'), take(large, 'a'), take(large, 'a')]);
    await passTicks(8);
    const waiting = Array.from({ length: 16 }, (_, index) => take(index % 2 === 0 ? medium : large, 'a'));
    for (const bodies of [medium, large])
      await expect(take(bodies, 'a')).rejects.toMatchObject({ type: 'Unavailable' });
    const other = [take(medium, 'b'), take(large, 'b')];
    for (const endTurn of await begun) endTurn();
    for (const each of [...other, ...waiting]) (await each)();

    expect(waitingBytes.size).toBe(0);
  });

  it('end for the others after a second', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const begun = takeTurns(new BodyTurns(), 4);
    await passTicks(8);
    vi.advanceTimersByTime(999);
    await passTicks(8);
    const before = begun.length;
    vi.advanceTimersByTime(1);
    await passTicks(8);
    vi.useRealTimers();

    expect([before, begun.length]).toEqual([2, 4]);
  });
});
