// CreateBatcher: creates that share a statement, and failures of one of them.
import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type CreateBatch, CreateBatcher } from '../../../../server/store/postgres/creates/create-batcher.ts';
import type { CreateOutcome, NewOrganization } from '../../../../server/store/store.ts';
import { StoreUnavailableError } from '../../../../server/store/store-errors.ts';

interface Statement {
  batch: NewOrganization[];
  limitMs: number;
  resolve: (outcomes?: CreateOutcome[]) => void;
  reject: (error: unknown) => void;
}

/** Creates a batcher whose statements are settled by the test. */
function createFixture({ statements = 1, timeoutMs = 60_000 } = {}) {
  const sent: Statement[] = [];
  const createBatch: CreateBatch = (batch, limitMs) =>
    new Promise((resolve, reject) => {
      sent.push({ batch, limitMs, reject, resolve: (outcomes = batch.map(outcomeOf)) => resolve(outcomes) });
    });
  const batcher = new CreateBatcher(createBatch, { statements, timeoutMs });
  return { batcher, sent, create: (more: Partial<NewOrganization> = {}) => batcher.create(request(more)) };
}

function request(more: Partial<NewOrganization>): NewOrganization {
  return { account: 'a', id: randomUUID(), ownerId: 'owner', memberIds: [], ...more };
}

/** The batcher does not read outcomes. This one contains the ID of its create. */
function outcomeOf({ id }: NewOrganization): CreateOutcome {
  return { kind: 'unknownCustomers', ids: [id] };
}

const sizes = (sent: Statement[]) => sent.map(({ batch }) => batch.length);
const nextTick = () => new Promise((resolve) => setImmediate(resolve));

describe('CreateBatcher', () => {
  it('sends creates at once while a statement is free, and batches them otherwise', async () => {
    const { sent, create } = createFixture({ statements: 2 });

    const all = Array.from({ length: 7 }, () => create());
    expect(sizes(sent)).toEqual([1, 1]);
    sent[1]?.resolve();
    await nextTick();

    expect(sizes(sent)).toEqual([1, 1, 5]);
    sent[0]?.resolve();
    sent[2]?.resolve();
    expect(await Promise.all(all)).toEqual(sent.flatMap(({ batch }) => batch.map(outcomeOf)));
  });

  it('batches creates of one account, the oldest first', async () => {
    const { sent, create } = createFixture();
    void create();
    for (const account of ['b', 'a', 'b', 'a']) void create({ account });

    sent[0]?.resolve();
    await nextTick();
    sent[1]?.resolve();
    await nextTick();

    expect(sent.map(({ batch }) => batch.map(({ account }) => account))).toEqual([['a'], ['b', 'b'], ['a', 'a']]);
  });

  it('limits the size of a batch, and sends a large create alone', async () => {
    const { sent, create } = createFixture();
    void create();
    void create({ memberIds: Array.from({ length: 10_000 }, () => 'member') });
    for (let index = 0; index < 100; index++) void create();

    for (let statement = 0; statement < 4; statement++) {
      sent[statement]?.resolve();
      await nextTick();
    }

    expect(sizes(sent)).toEqual([1, 1, 64, 36]);
  });

  it('retries each create alone when one fails, without delaying the next batch', async () => {
    const { sent, create } = createFixture();
    void create();
    const [good, bad] = [create({ ownerId: 'good' }), create({ ownerId: 'bad' })];
    sent[0]?.resolve();
    await nextTick();
    const later = create({ ownerId: 'later' });

    sent[1]?.reject(new Error('A constraint.'));
    await nextTick();

    expect(sent.slice(2).map(({ batch }) => batch.map(({ ownerId }) => ownerId))).toEqual([
      ['good'],
      ['bad'],
      ['later'],
    ]);
    sent[2]?.resolve();
    sent[3]?.reject(new Error('A constraint.'));
    sent[4]?.resolve();
    await expect(bad).rejects.toThrow('A constraint.');
    expect([await good, await later]).toEqual([sent[2], sent[4]].flatMap((each) => each?.batch.map(outcomeOf)));
  });

  it('rejects the whole batch when the store is unavailable', async () => {
    const { sent, create } = createFixture();
    void create();
    const pair = [create(), create()];
    sent[0]?.resolve();
    await nextTick();

    sent[1]?.reject(new StoreUnavailableError('The connection is lost.'));

    const outcomes = await Promise.allSettled(pair);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(sent).toHaveLength(2);
  });

  it('counts the wait against the time limit, and rejects when none is left', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { sent, create } = createFixture({ timeoutMs: 1000 });
    void create();
    void create();
    vi.advanceTimersByTime(600);
    const late = create();

    sent[0]?.resolve();
    await nextTick();
    vi.advanceTimersByTime(1000);
    sent[1]?.resolve();

    expect(sent.map(({ limitMs }) => limitMs)).toEqual([1000, 400]);
    expect(sent[1]?.batch.map(outcomeOf)).toContainEqual(await late);
    await nextTick();
    void create();
    const waiting = create();
    vi.advanceTimersByTime(1000);
    sent[2]?.resolve();
    await expect(waiting).rejects.toThrow(StoreUnavailableError);
    expect(sent).toHaveLength(3);
  });

  it('drains after all creates have settled', async () => {
    const { batcher, sent, create } = createFixture();
    let ended = 0;
    for (let index = 0; index < 3; index++) void create().then(() => ended++);
    const drained = batcher.drain().then(() => ended);

    sent[0]?.resolve();
    await nextTick();
    sent[1]?.resolve();

    expect(await drained).toBe(3);
  });
});
