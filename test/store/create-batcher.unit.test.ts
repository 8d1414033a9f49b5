// Which creates share a statement on PostgreSQL, and that one of them never decides for the others.
import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type CreateBatch, CreateBatcher } from '../../server/store/postgres/create-batcher.ts';
import { type CreateOutcome, type NewOrganization, StoreUnavailableError } from '../../server/store/store.ts';

interface Statement {
  group: NewOrganization[];
  limitMs: number;
  settle: (outcomes?: CreateOutcome[]) => void;
  fail: (error: unknown) => void;
}

/** Groups whose statements end when the test says so. */
function scene({ statements = 1, timeoutMs = 60_000 } = {}) {
  const sent: Statement[] = [];
  const together: CreateBatch = (group, limitMs) =>
    new Promise((settle, fail) => {
      sent.push({ group, limitMs, fail, settle: (outcomes = group.map(created)) => settle(outcomes) });
    });
  const groups = new CreateBatcher(together, { statements, timeoutMs });
  return { groups, sent, create: (more: Partial<NewOrganization> = {}) => groups.create(request(more)) };
}

function request(more: Partial<NewOrganization>): NewOrganization {
  return { account: 'a', id: randomUUID(), ownerId: 'owner', memberIds: [], ...more };
}

function created({ id }: NewOrganization): CreateOutcome {
  return { kind: 'created', organization: { id, owner: { id: 'owner', name: '' }, members: [] } };
}

const sizes = (sent: Statement[]) => sent.map(({ group }) => group.length);
const nextTurn = () => new Promise((settle) => setImmediate(settle));

describe('creates on PostgreSQL', () => {
  it('are sent at once while a statement is free, and share the next one while none is', async () => {
    const { sent, create } = scene({ statements: 2 });

    const all = Array.from({ length: 7 }, () => create());
    expect(sizes(sent)).toEqual([1, 1]);
    sent[1]?.settle();
    await nextTurn();

    expect(sizes(sent)).toEqual([1, 1, 5]);
    sent[0]?.settle();
    sent[2]?.settle();
    const ids = (await Promise.all(all)).map((each) => ('organization' in each ? each.organization.id : ''));
    expect(ids).toEqual(sent.flatMap(({ group }) => group.map(({ id }) => id)));
  });

  it('share it with those of their account only, the oldest first', async () => {
    const { sent, create } = scene();
    void create();
    for (const account of ['b', 'a', 'b', 'a']) void create({ account });

    sent[0]?.settle();
    await nextTurn();
    sent[1]?.settle();
    await nextTurn();

    expect(sent.map(({ group }) => group.map(({ account }) => account))).toEqual([['a'], ['b', 'b'], ['a', 'a']]);
  });

  it('are no more than a group holds, and a large one goes alone', async () => {
    const { sent, create } = scene();
    void create();
    void create({ memberIds: Array.from({ length: 10_000 }, () => 'member') });
    for (let index = 0; index < 100; index++) void create();

    for (let statement = 0; statement < 4; statement++) {
      sent[statement]?.settle();
      await nextTurn();
    }

    expect(sizes(sent)).toEqual([1, 1, 64, 36]);
  });

  it('are tried alone when one of them fails, without holding up the next group', async () => {
    const { sent, create } = scene();
    void create();
    const [good, bad] = [create({ ownerId: 'good' }), create({ ownerId: 'bad' })];
    sent[0]?.settle();
    await nextTurn();
    const later = create({ ownerId: 'later' });

    sent[1]?.fail(new Error('A constraint.'));
    await nextTurn();

    expect(sent.slice(2).map(({ group }) => group.map(({ ownerId }) => ownerId))).toEqual([
      ['good'],
      ['bad'],
      ['later'],
    ]);
    sent[2]?.settle();
    sent[3]?.fail(new Error('A constraint.'));
    sent[4]?.settle();
    await expect(bad).rejects.toThrow('A constraint.');
    expect([(await good).kind, (await later).kind]).toEqual(['created', 'created']);
  });

  it('are all told when nobody knows what was stored, or nothing can be', async () => {
    const { sent, create } = scene();
    void create();
    const pair = [create(), create()];
    sent[0]?.settle();
    await nextTurn();

    sent[1]?.fail(new StoreUnavailableError('The connection is lost.'));

    const outcomes = await Promise.allSettled(pair);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(sent).toHaveLength(2);
  });

  it('have their wait taken off their time, and are told when none is left', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { sent, create } = scene({ timeoutMs: 1000 });
    void create();
    void create();
    vi.advanceTimersByTime(600);
    const late = create();

    sent[0]?.settle();
    await nextTurn();
    vi.advanceTimersByTime(1000);
    sent[1]?.settle();

    expect(sent.map(({ limitMs }) => limitMs)).toEqual([1000, 400]);
    expect((await late).kind).toBe('created');
    await nextTurn();
    void create();
    const waiting = create();
    vi.advanceTimersByTime(1000);
    sent[2]?.settle();
    await expect(waiting).rejects.toThrow(StoreUnavailableError);
    expect(sent).toHaveLength(3);
  });

  it('have ended when the groups are drained', async () => {
    const { groups, sent, create } = scene();
    let ended = 0;
    for (let index = 0; index < 3; index++) void create().then(() => ended++);
    const drained = groups.drain().then(() => ended);

    sent[0]?.settle();
    await nextTurn();
    sent[1]?.settle();

    expect(await drained).toBe(3);
  });
});
