// The end of requests that have no response yet.
import { describe, expect, it } from 'vitest';
import { PendingRequests } from '../../../mock/core/pending-requests.ts';

/** A list, and the names of the requests that it has ended. */
function createPending() {
  const pending = new PendingRequests();
  const ended: string[] = [];
  return { pending, ended, add: (name: string) => pending.add(() => void ended.push(name)) };
}

describe('the requests without a response', () => {
  it('are ended once, except those that are removed', () => {
    const { pending, ended, add } = createPending();
    add('first');
    const forget = add('second');
    add('third');

    forget();
    forget();
    add('fourth');
    pending.releaseAll();
    pending.releaseAll();

    expect(ended.sort()).toEqual(['first', 'fourth', 'third']);
  });

  it('are ended although an earlier one is removed, twice or after its end', () => {
    const { pending, ended, add } = createPending();
    const forgetFirst = add('first');
    forgetFirst();
    add('second');
    forgetFirst();
    pending.releaseAll();
    add('third');
    forgetFirst();
    pending.releaseAll();

    expect(ended).toEqual(['second', 'third']);
  });

  it('may be added while the others are ended', () => {
    const { pending, ended, add } = createPending();
    pending.add(() => void add('later'));

    pending.releaseAll();
    expect(ended).toEqual([]);
    pending.releaseAll();
    expect(ended).toEqual(['later']);
  });
});
