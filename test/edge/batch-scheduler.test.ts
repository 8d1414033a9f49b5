// What the edge does with requests that arrive in one turn of the event loop.
import { describe, expect, it } from 'vitest';
import { createTurns } from '../../server/edge/batch-scheduler.ts';

const nextTurn = () => new Promise(setImmediate);

describe('the end of a turn', () => {
  it('comes at once for all who wait for it, in their order, and not before', async () => {
    const endOfTurn = createTurns();
    const seen: string[] = [];
    const wait = async (name: string) => {
      await endOfTurn();
      seen.push(name);
    };

    const first = [wait('a'), wait('b'), wait('c')];
    await Promise.resolve();
    expect(seen).toEqual([]);
    await Promise.all(first);
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  it('comes for 64 at once, and for the others in turns of their own', async () => {
    const endOfTurn = createTurns();
    let gone = 0;
    const all = Array.from({ length: 150 }, () => endOfTurn().then(() => gone++));
    const seen: number[] = [];

    while (gone < 150) {
      await nextTurn();
      seen.push(gone);
    }
    await Promise.all(all);

    expect(seen).toEqual([64, 128, 150]);
  });

  it('is another one for who comes after it, even from it', async () => {
    const endOfTurn = createTurns();
    let turns = 0;
    const first = endOfTurn().then(() => endOfTurn());
    void first.then(() => {
      turns++;
    });

    await nextTurn();
    expect(turns).toBe(0);
    await first;

    expect(turns).toBe(1);
  });
});
