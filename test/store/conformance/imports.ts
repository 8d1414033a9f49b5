// Part of the conformance suite: importing customers.
import { describe, expect, it } from 'vitest';
import type { CreateOutcome } from '../../../server/store/store.ts';
import { type Bench, batches } from './store-fixture.ts';

/** Runs this part; `bench` is renewed for each test. */
export function describeImports(bench: Bench): void {
  describe('importCustomers', () => {
    const people = (names: string[]) => names.map((each) => ({ id: idOf(each), name: each }));

    it('counts what was added, renamed and left as it was', async () => {
      await bench.store.importCustomers(bench.account, batches(people(['a', 'b', 'c'])));
      const next = [...people(['a', 'd']), { id: idOf('b'), name: 'B' }];

      const dry = await bench.store.importCustomers(bench.account, batches(next), { dryRun: true });
      const count = await bench.store.importCustomers(bench.account, batches(next, 1));

      expect(dry).toEqual({ added: 1, renamed: 1, unchanged: 1 });
      expect(count).toEqual(dry);
    });

    it('changes nothing in a dry run', async () => {
      await bench.store.importCustomers(bench.account, batches(people(['a'])), { dryRun: true });

      const outcome = await bench.store.createOrganization(bench.request(people(['a'])));

      expect(outcome.kind).toBe('unknownCustomers');
    });

    it('changes nothing when the source fails in the middle, and works the next time', async () => {
      async function* broken() {
        yield people(['a']);
        yield people(['b']);
        throw new Error('The file ends here.');
      }

      await expect(bench.store.importCustomers(bench.account, broken())).rejects.toThrow('The file ends here.');

      expect((await bench.store.createOrganization(bench.request(people(['a'])))).kind).toBe('unknownCustomers');
      expect(await bench.store.importCustomers(bench.account, batches(people(['a'])))).toMatchObject({ added: 1 });
    });

    it('changes nothing when it is called off', async () => {
      const abort = new AbortController();
      async function* source() {
        yield people(['a']);
        abort.abort(new Error('Called off.'));
        yield people(['b']);
      }

      await expect(bench.store.importCustomers(bench.account, source(), { signal: abort.signal })).rejects.toThrow(
        'Called off.',
      );

      expect((await bench.store.createOrganization(bench.request(people(['a'])))).kind).toBe('unknownCustomers');
    });

    it('holds up no create while it reads its source', async () => {
      const customers = await bench.addCustomers(2);
      let created: CreateOutcome | undefined;
      const asked = bench.request(customers);
      async function* source() {
        yield customers.map(({ id }) => ({ id, name: 'New' }));
        created = await bench.store.createOrganization(asked);
        yield people(['z']);
      }

      await bench.store.importCustomers(bench.account, source());

      expect(created).toEqual({
        kind: 'created',
        organization: { id: asked.id, owner: customers[0], members: [customers[1]] },
      });
    });

    it('takes nothing at all', async () => {
      expect(await bench.store.importCustomers(bench.account, batches([]))).toEqual({
        added: 0,
        renamed: 0,
        unchanged: 0,
      });
    });
  });
}

/** A UUID that stands for a short name. */
function idOf(name: string): string {
  return `00000000-0000-4000-8000-${Buffer.from(name).toString('hex').padStart(12, '0')}`;
}
