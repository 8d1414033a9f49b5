// PostgreSQL that waits for a synchronous standby which is gone.
import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import { startPostgres } from '../../support/postgres/postgres.ts';
import { addTeam } from '../../support/process/replicas.ts';

const postgres = await startPostgres(['-c', 'max_connections=20']);
afterAll(() => postgres.close());

const MESSAGE =
  'PostgreSQL waits for a synchronous standby that does not confirm commits (synchronous_standby_names = "gone"). ' +
  'Start the standby, or change that setting.';

async function setStandbys(database: string, names: string): Promise<void> {
  await postgres.query(database, `ALTER SYSTEM SET synchronous_standby_names = '${names}'`);
  await postgres.query(database, 'SELECT pg_reload_conf()');
}

async function prepare() {
  const database = await postgres.createDatabase();
  // A busy machine may take over a second for a connection.
  const store = await openPostgresStore({ url: database, timeoutMs: 3000 });
  onTestFinished(() => store.close());
  const { account, body } = await addTeam(store);
  await store.check();
  onTestFinished(() => setStandbys(database, ''));
  const create = () => store.createOrganization({ account, id: randomUUID(), ...body });
  const reserve = () => store.reserveRequests?.({ account, clientId: 'key', requests: 1, windowMs: 60_000 });
  const waiting = async () =>
    (await postgres.query(database, "SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'")).length;
  return { database, store, create, reserve, waiting };
}

describe('while a synchronous standby is gone', () => {
  it('the store is not ready and names the cause, and is ready again by itself', async () => {
    const { database, store, create, reserve } = await prepare();
    await setStandbys(database, 'gone');

    const expected = { name: 'StoreUnavailableError', kind: 'standby', message: MESSAGE };
    await vi.waitFor(() => expect(store.check()).rejects.toMatchObject(expected), { timeout: 10_000 });
    await expect(create()).rejects.toMatchObject(expected);
    await expect(reserve()).rejects.toMatchObject(expected);
    await expect(store.check()).rejects.toMatchObject(expected);

    await setStandbys(database, '');
    await vi.waitFor(() => expect(store.check()).resolves.toBeUndefined(), { timeout: 10_000 });
    expect((await create()).kind).toBe('created');
  });

  it('checks and creates use up no connections of the server', async () => {
    const { database, store, create, waiting } = await prepare();
    await setStandbys(database, 'gone');
    await vi.waitFor(() => expect(create()).rejects.toMatchObject({ kind: 'standby' }), { timeout: 10_000 });
    // From now on no commit is sent.
    await vi.waitFor(() => expect(create()).rejects.toMatchObject({ cause: undefined }), { timeout: 10_000 });

    const before = await waiting();
    for (let round = 0; round < 20; round++)
      await Promise.allSettled([store.check(), create(), new Promise((settle) => setTimeout(settle, 300))]);

    expect(await waiting()).toBe(before);
    expect(before).toBeLessThan(10);
  });
});
