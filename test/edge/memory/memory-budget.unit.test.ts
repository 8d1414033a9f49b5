// The budget for client memory alone: what it counts and rejects, and which holders it asks to make room.
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { ApiError } from '../../../server/edge/errors.ts';
import { MemoryBudget } from '../../../server/edge/memory/memory-budget.ts';
import { RequestMemory } from '../../../server/edge/memory/request-memory.ts';

describe('MemoryBudget', () => {
  it('counts what is added and released', () => {
    const budget = new MemoryBudget(100);

    budget.add(60);
    budget.release(20);

    expect(budget.held).toBe(40);
  });

  it('rejects what has no room, and counts it as rejected only', () => {
    const budget = new MemoryBudget(100);

    expect([budget.tryAdd(100), budget.tryAdd(1)]).toEqual([true, false]);
    expect(budget).toMatchObject({ held: 100, rejected: 1 });
  });

  it('asks for room before it rejects', () => {
    const budget = new MemoryBudget(100);
    budget.add(90);
    const reclaim = vi.fn((bytes: number) => budget.release(bytes));
    budget.onShortage(reclaim);

    expect(budget.tryAdd(30)).toBe(true);
    expect(reclaim.mock.calls).toEqual([[20]]);
    expect(budget).toMatchObject({ held: 100, rejected: 0 });
  });

  it('asks the next only for what the first could not free', () => {
    const budget = new MemoryBudget(100);
    budget.onShortage(() => budget.release(5));
    const second = vi.fn((bytes: number) => budget.release(bytes));
    const stop = budget.onShortage(second);

    budget.add(120);
    stop();
    budget.add(10);

    expect(second.mock.calls).toEqual([[15]]);
    expect(budget.held).toBe(105);
  });

  it('asks for no room for more than the whole budget', () => {
    const budget = new MemoryBudget(100);
    budget.add(90);
    const reclaim = vi.fn((bytes: number) => budget.release(bytes));
    budget.onShortage(reclaim);

    expect(budget.tryAdd(101)).toBe(false);
    expect(reclaim).not.toHaveBeenCalled();
    expect(budget).toMatchObject({ held: 90, rejected: 1 });
  });

  it('counts what is held already even without room', () => {
    const budget = new MemoryBudget(100);

    budget.add(150);

    expect(budget).toMatchObject({ held: 150, rejected: 0 });
  });
});

describe('RequestMemory', () => {
  it('releases everything when it is closed, once', () => {
    const budget = new MemoryBudget(100);
    const memory = new RequestMemory(budget);
    memory.add(10);
    memory.tryAdd(20);
    memory.tryAddUnread(30, { drop: () => undefined });

    memory.close();
    memory.close();
    memory.add(5);
    memory.release(5);

    expect(budget.held).toBe(0);
    expect(memory.tryAdd(1)).toBe(false);
  });

  it('rejects the reader of the body with Retry-After when there is no room', () => {
    const memory = new RequestMemory(new MemoryBudget(100));
    const onRejected = vi.fn<(error: ApiError) => void>();
    memory.onRejected(onRejected);

    expect(memory.tryAdd(101)).toBe(false);
    expect(onRejected).toHaveBeenCalledExactlyOnceWith(expect.any(ApiError));
    expect(onRejected.mock.calls[0]?.[0]).toMatchObject({ status: 503, headers: { 'Retry-After': 2 } });
  });

  it('rejects a reader that is registered later', () => {
    const memory = new RequestMemory(new MemoryBudget(100));
    memory.tryAdd(101);
    const onRejected = vi.fn();

    memory.onRejected(onRejected);

    expect(onRejected).toHaveBeenCalledExactlyOnceWith(memory.rejection);
  });

  it('discards what is not read yet when the body is rejected', () => {
    const budget = new MemoryBudget(100);
    const memory = new RequestMemory(budget);
    const unreadBody = { drop: vi.fn() };
    memory.add(10);
    memory.tryAddUnread(50, unreadBody);

    memory.reclaim();

    expect(unreadBody.drop).toHaveBeenCalledOnce();
    expect(budget.held).toBe(10);
    expect(memory.tryAddUnread(1, unreadBody)).toBe(false);
  });

  it('does not count what it asked for when it was chosen to make room for it', () => {
    const budget = new MemoryBudget(100);
    const memory = new RequestMemory(budget);
    memory.tryAddUnread(90, { drop: () => undefined });
    budget.onShortage(() => memory.reclaim());

    expect(memory.tryAdd(20)).toBe(false);
    expect(budget.held).toBe(0);
  });

  it.each(['close', 'reclaim'] as const)('holds nothing after the end, whoever had to make room: %s', (makeRoom) => {
    const requests = 4;
    const step = fc.record({
      request: fc.nat(requests - 1),
      chosen: fc.nat(requests - 1),
      action: fc.constantFrom('add', 'tryAdd', 'tryAddUnread', 'releaseUnread', 'atLeast', 'reclaim', 'close'),
      bytes: fc.nat(60),
    });
    const unreadBody = { drop: () => undefined };

    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const budget = new MemoryBudget(100);
        const memories = Array.from({ length: requests }, () => new RequestMemory(budget));
        let next = 0;
        budget.onShortage(() => memories[next]?.[makeRoom]());

        for (const { request, chosen, action, bytes } of steps) {
          const memory = memories[request];
          next = chosen;
          if (action === 'tryAddUnread') memory?.tryAddUnread(bytes, unreadBody);
          else if (action === 'add' || action === 'tryAdd' || action === 'atLeast') memory?.[action](bytes);
          else memory?.[action]();
        }
        for (const memory of memories) memory.close();
        expect(budget.held).toBe(0);
      }),
    );
  });
});
