// Conformance suite of stores: importing customers.
import { describe, expect, it } from 'vitest';
import type { CreateOutcome } from '../../../server/store/store.ts';
import { batches, type StoreFixture } from './store-fixture.ts';

/** Adds these tests to the suite. The fixture is new for each test. */
export function describeImports(fixture: StoreFixture): void {
  describe('importCustomers', () => {
    const people = (names: string[]) => names.map((each) => ({ id: idOf(each), name: each }));

    it('counts added, renamed and unchanged customers', async () => {
      await fixture.store.importCustomers(fixture.account, batches(people(['a', 'b', 'c'])));
      const next = [...people(['a', 'd']), { id: idOf('b'), name: 'B' }];

      const dry = await fixture.store.importCustomers(fixture.account, batches(next), { dryRun: true });
      const count = await fixture.store.importCustomers(fixture.account, batches(next, 1));

      expect(dry).toEqual({ added: 1, renamed: 1, unchanged: 1 });
      expect(count).toEqual(dry);
    });

    it('changes nothing in a dry run', async () => {
      await fixture.store.importCustomers(fixture.account, batches(people(['a'])), { dryRun: true });

      const outcome = await fixture.store.createOrganization(fixture.request(people(['a'])));

      expect(outcome.kind).toBe('unknownCustomers');
    });

    it('changes nothing when the source throws, and succeeds the next time', async () => {
      async function* broken() {
        yield people(['a']);
        yield people(['b']);
        throw new Error('The file ends here.');
      }

      await expect(fixture.store.importCustomers(fixture.account, broken())).rejects.toThrow('The file ends here.');

      expect((await fixture.store.createOrganization(fixture.request(people(['a'])))).kind).toBe('unknownCustomers');
      expect(await fixture.store.importCustomers(fixture.account, batches(people(['a'])))).toMatchObject({ added: 1 });
    });

    it('changes nothing when it is aborted', async () => {
      const abort = new AbortController();
      async function* source() {
        yield people(['a']);
        abort.abort(new Error('Aborted.'));
        yield people(['b']);
      }

      await expect(fixture.store.importCustomers(fixture.account, source(), { signal: abort.signal })).rejects.toThrow(
        'Aborted.',
      );

      expect((await fixture.store.createOrganization(fixture.request(people(['a'])))).kind).toBe('unknownCustomers');
    });

    it('does not block creates while it reads its source', async () => {
      const customers = await fixture.addCustomers(2);
      let created: CreateOutcome | undefined;
      const asked = fixture.request(customers);
      async function* source() {
        yield customers.map(({ id }) => ({ id, name: 'New' }));
        created = await fixture.store.createOrganization(asked);
        yield people(['z']);
      }

      await fixture.store.importCustomers(fixture.account, source());

      expect(created).toMatchObject({
        kind: 'created',
        organization: { id: asked.id, owner: customers[0], members: [customers[1]] },
      });
    });

    it('accepts an empty source', async () => {
      expect(await fixture.store.importCustomers(fixture.account, batches([]))).toEqual({
        added: 0,
        renamed: 0,
        unchanged: 0,
      });
    });
  });
}

/** Returns a UUID for a short name. */
function idOf(name: string): string {
  return `00000000-0000-4000-8000-${Buffer.from(name).toString('hex').padStart(12, '0')}`;
}
