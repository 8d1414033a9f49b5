// What every store does, as a suite: each store's test file is one call of it.
import { describe } from 'vitest';
import { describeAccounts } from './conformance/accounts.ts';
import { describeCreates } from './conformance/creates.ts';
import { describeIdempotency } from './conformance/idempotency.ts';
import { describeImports } from './conformance/imports.ts';
import { type StoreFactory, setUpBench } from './conformance/store-fixture.ts';

/** Runs the suite on the stores of this factory. */
export function describeStore(name: string, factory: StoreFactory): void {
  describe(name, () => {
    const bench = setUpBench(factory);
    describeCreates(bench);
    describeIdempotency(bench);
    describeAccounts(bench);
    describeImports(bench);
  });
}
