// The conformance suite of stores: the test file of each store calls it.
import { describe } from 'vitest';
import { describeAccounts } from './conformance/accounts.ts';
import { describeAudit } from './conformance/audit.ts';
import { describeCreates } from './conformance/creates.ts';
import { describeErasure } from './conformance/erasure.ts';
import { describeIdempotency } from './conformance/idempotency.ts';
import { describeImports } from './conformance/imports.ts';
import { describeKeyLifeCycle } from './conformance/key-life-cycle.ts';
import { createStoreFixture, type StoreFactory } from './conformance/store-fixture.ts';

/** Adds the suite for the stores of a factory. */
export function describeStore(name: string, factory: StoreFactory): void {
  describe(name, () => {
    const fixture = createStoreFixture(factory);
    describeCreates(fixture);
    describeIdempotency(fixture);
    describeAccounts(fixture);
    describeImports(fixture);
    describeKeyLifeCycle(fixture);
    describeAudit(fixture);
    describeErasure(fixture);
  });
}
