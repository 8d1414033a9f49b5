// The purge of expired idempotency keys.
import { pino } from 'pino';
import { v7 as newId } from 'uuid';
import { describe, expect, it } from 'vitest';
import { startPurge } from '../../server/store/purge.ts';
import { IDEMPOTENCY_TTL_MS } from '../../server/store/store.ts';
import { shareServer } from '../support/fixtures.ts';
import { OWNER, oneAccount } from '../support/idempotency-fixture.ts';

const server = shareServer();

describe('startPurge', () => {
  it('deletes expired keys, and keeps other keys and all organizations', async () => {
    let nowMs = Date.UTC(2026, 0, 1);
    const { ask, store, ids } = await oneAccount(server, () => nowMs);
    for (const key of ['old-1', 'old-2', 'old-3']) await ask(key);
    nowMs += 1;
    const young = await ask('young');
    nowMs += IDEMPOTENCY_TTL_MS - 1;

    const counts = [
      await store.purgeIdempotencyKeys(2),
      await store.purgeIdempotencyKeys(2),
      await store.purgeIdempotencyKeys(2),
    ];

    expect(counts).toEqual([2, 1, 0]);
    expect((await ask('young')).text).toBe(young.text);
    expect(await ids()).toHaveLength(4);
  });

  it('deletes 500 keys at a time, and lets creates run in between', async () => {
    const { store, account } = await oneAccount(server);
    const events: string[] = [];
    const creates: Promise<unknown>[] = [];
    let left = 1200;
    const counting = {
      async purgeIdempotencyKeys(limit: number) {
        events.push(`purge at most ${limit}`);
        const create = store.createOrganization({ account, id: newId(), ownerId: OWNER, memberIds: [] });
        creates.push(create.then(() => events.push('create')));
        const purged = Math.min(limit, left);
        left -= purged;
        return purged;
      },
    };

    const purge = startPurge(counting, { log: pino({ level: 'silent' }) });
    await expect.poll(() => creates).toHaveLength(3);
    await Promise.all(creates);
    await purge.stop();

    const both = ['purge at most 500', 'create'];
    expect(events).toEqual([...both, ...both, ...both]);
  });

  it('logs a failure and continues', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
    let calls = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const failing = {
      async purgeIdempotencyKeys() {
        calls += 1;
        if (calls === 1) throw new Error('locked');
        resolve();
        return 0;
      },
    };

    const purge = startPurge(failing, { log, intervalMs: 1 });
    await promise;
    await purge.stop();

    expect(lines.join('')).toContain('idempotency keys could not be purged');
  });
});
