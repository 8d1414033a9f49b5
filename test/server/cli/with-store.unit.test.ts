// The checks of commands before a change that cannot be undone.
import { describe, expect, it } from 'vitest';
import { requireWritable } from '../../../server/cli/with-store.ts';
import { type StoreErrorKind, StoreUnavailableError } from '../../../server/store/store-errors.ts';

/** A store whose first checks fail, and a function that returns the number of checks. */
function failingStore(kind: StoreErrorKind, failures: number) {
  const store = {
    checks: 0,
    async check() {
      store.checks++;
      if (store.checks <= failures) throw new StoreUnavailableError(`Check ${store.checks} failed.`, { kind });
    },
  };
  return store;
}

describe('requireWritable', () => {
  it('waits while others have locked the database', async () => {
    const store = failingStore('locked', 14);

    await requireWritable(store);

    expect(store.checks).toBe(15);
  });

  it('throws when the database stays locked', async () => {
    const store = failingStore('locked', 99);

    await expect(requireWritable(store)).rejects.toThrow('Check 15 failed.');
  });

  it.each<StoreErrorKind>(['full', 'file', 'readOnly', 'connection', 'standby'])('throws at once: %s', async (kind) => {
    const store = failingStore(kind, 1);

    await expect(requireWritable(store)).rejects.toThrow('Check 1 failed.');
  });

  it('ignores problems that affect creates only', async () => {
    const store = failingStore('damaged', 1);

    await requireWritable(store);

    expect(store.checks).toBe(1);
  });
});
