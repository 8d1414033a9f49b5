// A real streaming standby, and a dump that is restored by the commands of the README.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openPostgresStore } from '../../../server/store/postgres/store.ts';
import { exchange } from '../../support/http/http.ts';
import { addTeam, create, startReplica } from '../../support/process/replicas.ts';
import { startDebianPostgres } from './debian-postgres.ts';

/** The database of the server, with a schema and a team. */
async function fill(url: string) {
  const store = await openPostgresStore({ url });
  onTestFinished(() => store.close());
  return { store, team: await addTeam(store) };
}

it('a server on a streaming standby is not ready, and is ready by itself when the standby is promoted', async () => {
  const primary = await startDebianPostgres();
  const { team } = await fill(primary.url);
  const standby = await primary.startStandby();
  const server = await startReplica({ DATABASE_URL: standby.url });
  onTestFinished(async () => void (await server.kill('SIGKILL')));
  const ready = async () => (await exchange(server.url, { method: 'GET', path: '/readyz' })).body;

  expect(await ready()).toEqual({ status: 'not ready', reason: 'database' });
  expect((await create(server.url, team)).status).toBe(503);
  await vi.waitFor(() => expect(server.output()).toContain('25006'));
  await standby.promote();

  await vi.waitFor(async () => expect(await ready()).toEqual({ status: 'ready' }), { timeout: 10_000 });
  expect((await create(server.url, team)).status).toBe(201);
});

it('a synchronous standby that ends makes a server not ready, and its return makes it ready', async () => {
  const primary = await startDebianPostgres();
  const { team } = await fill(primary.url);
  const server = await startReplica({ DATABASE_URL: primary.url });
  onTestFinished(async () => void (await server.kill('SIGKILL')));
  const ready = async () => (await exchange(server.url, { method: 'GET', path: '/readyz' })).body;
  await primary.run('psql', primary.url, '-c', "ALTER SYSTEM SET synchronous_standby_names = '*'");
  await primary.run('psql', primary.url, '-c', 'SELECT pg_reload_conf()');

  await vi.waitFor(async () => expect(await ready()).toEqual({ status: 'not ready', reason: 'database' }), {
    timeout: 20_000,
  });
  expect((await create(server.url, team)).status).toBe(503);
  const cause = 'PostgreSQL waits for a synchronous standby that does not confirm commits';
  await vi.waitFor(() => expect(server.output()).toContain(cause));
  await primary.startStandby();

  await vi.waitFor(async () => expect(await ready()).toEqual({ status: 'ready' }), { timeout: 20_000 });
  expect((await create(server.url, team)).status).toBe(201);
});

it('a dump is complete when it is restored as the README says', async () => {
  const postgres = await startDebianPostgres();
  const { store, team } = await fill(postgres.url);
  const organization = { account: team.account, id: randomUUID(), ...team.body };
  await store.createOrganization(organization);
  const stored = await store.findOrganization(team.account, organization.id);
  const dump = join(postgres.folder, 'x.dump');

  await postgres.run('psql', postgres.url, '-c', 'CREATE DATABASE restored');
  const restored = postgres.url.replace(/postgres$/, 'restored');
  await postgres.run('pg_dump', '--format=custom', `--file=${dump}`, postgres.url);
  const options = ['--clean', '--if-exists', '--no-owner', '--exit-on-error', '--single-transaction'];
  await postgres.run('pg_restore', ...options, `--dbname=${restored}`, dump);

  const copy = await openPostgresStore({ url: restored, migrate: false });
  onTestFinished(() => copy.close());
  expect(stored?.id).toBe(organization.id);
  expect(await copy.findOrganization(team.account, organization.id)).toEqual(stored);
  await copy.check();
});
