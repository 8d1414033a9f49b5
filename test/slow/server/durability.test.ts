// Durability: acknowledged organizations survive `kill -9`.
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../server/store/sqlite/file/open.ts';
import { requestExamples as examples } from '../../support/contract/operation.ts';
import { databasePath, startServer } from '../../support/fixtures.ts';
import { send } from '../../support/http/http.ts';

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const MEMBER = 'e309e948-088e-4d77-b654-cd85498f1555';
const CLIENTS = 32;
/** The number of responses until the server is killed, which is some 20 groups. */
const ENOUGH = 500;

/** A server on a database of its own. `kill` returns what the next server on that database finds in it. */
async function createFixture() {
  const path = await databasePath();
  const start = () => startServer({ DATABASE_PATH: path, RATE_LIMIT_PER_MINUTE: '0' });
  const server = start();
  const kill = async () => {
    server.child.kill('SIGKILL');
    await server.ended;
    const next = start();
    await next.url;
    next.child.kill('SIGTERM');
    expect(await next.ended).toBe(0);
    return readAll(path);
  };
  return { url: await server.url, kill };
}

/** Every organization with the IDs of its members. */
function readAll(path: string) {
  using file = new DatabaseSync(path, { readOnly: true });
  expect(file.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  expect(file.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  return file
    .prepare(
      `SELECT o.organization_id AS id, o.owner_id AS ownerId, group_concat(m.customer_id) AS memberIds
       FROM organizations o LEFT JOIN organization_members m USING (account_id, organization_id)
       GROUP BY o.organization_id ORDER BY o.organization_id`,
    )
    .all()
    .map((row) => ({ ...row }));
}

describe('an organization', () => {
  it('survives kill -9 right after its response', async () => {
    const { url, kill } = await createFixture();

    const { body } = await send(url, { body: examples.asPublished.value });

    expect(await kill()).toEqual([{ id: idIn(body), ownerId: OWNER, memberIds: MEMBER }]);
  });

  it('survives kill -9 while others are created', async () => {
    const { url, kill } = await createFixture();
    const created: string[] = [];
    const enough = Promise.withResolvers<void>();
    let killed = false;
    const client = async () => {
      while (!killed) {
        const response = await send(url, { body: examples.asPublished.value }).catch((error) => {
          if (!killed) throw error;
        });
        if (response) created.push(idIn(response.body));
        if (created.length === ENOUGH) enough.resolve();
      }
    };

    const clients = Promise.all(Array.from({ length: CLIENTS }, client));
    await Promise.race([enough.promise, clients]);
    killed = true;
    const found = await kill();
    await clients;

    const ids = found.map(({ id }) => id);
    expect(created.length).toBeGreaterThanOrEqual(ENOUGH);
    expect(ids).toEqual(expect.arrayContaining(created));
    expect(ids.length).toBeLessThanOrEqual(created.length + CLIENTS);
    expect(found).toEqual(ids.map((id) => ({ id, ownerId: OWNER, memberIds: MEMBER })));
  });
});

describe('a commit on SQLite', () => {
  it('waits for the disk', () => {
    using database = openDatabase(':memory:');

    // https://sqlite.org/pragma.html#pragma_synchronous: 2 is FULL.
    expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
  });
});

const idIn = (body: unknown) => (body as { id: string }).id;
