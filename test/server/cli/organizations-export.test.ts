// `organizations export` and its alias `list`.
import { writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { parse } from 'csv-parse/sync';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from '../../../server/store/sqlite/store.ts';
import type { TestedOrganization } from '../../support/contract/tested-version.ts';
import { addAccount, databasePath, serveDatabase } from '../../support/fixtures.ts';
import { send } from '../../support/http/http.ts';
import { command, createKey, ended, spawnCommand } from '../../support/process/command.ts';

const NAMES = ['Plain Ltd.', 'Smith, "Jones" & Söhne', '=1+1; 東京 🏦'];
const CUSTOMERS = NAMES.map((name, index) => ({ id: `${index}1111111-1111-4111-8111-111111111111`, name }));
const [A = '', B = '', C = ''] = CUSTOMERS.map(({ id }) => id);

async function createFixture(now?: () => number) {
  const path = await databasePath();
  const { url, store } = await serveDatabase({ path, ...(now && { now }) });
  const { authorization } = await addAccount(store, CUSTOMERS);
  const [{ name = '' } = {}] = await store.listAccounts();
  const create = async (ownerId: string, memberIds: string[]) => {
    const { body } = await send(url, { headers: { authorization }, body: { ownerId, memberIds } });
    const { id, owner, members } = body as TestedOrganization; // `send` has validated it.
    return { id, owner, members };
  };
  return { path, store, name, create };
}

const lines = (text: string) => text.split('\n').slice(0, -1);

describe.each(['export', 'list'])('organizations %s', (verb) => {
  it('prints JSON Lines of the created organizations, oldest first, with the time of creation', async () => {
    let nowMs = Date.UTC(2026, 0, 1);
    const { path, name, create } = await createFixture(() => nowMs++);
    const responses = [await create(A, [B, C]), await create(B, []), await create(C, [B, A]), await create(A, [B])];

    const { code, stdout, stderr } = await command(path, 'organizations', verb, '--account', name);

    const rows = lines(stdout).map((line) => JSON.parse(line));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(rows.map(({ id, owner, members }) => ({ id, owner, members }))).toEqual(responses);
    expect(rows.map(({ createdAt }) => createdAt)).toEqual(
      rows.map(({ createdAt }) => new Date(createdAt).toISOString()).toSorted(),
    );
    expect(rows[0].createdAt).toMatch(/^2026-01-01T00:00:00\.\d{3}Z$/);
  });

  it('prints a CSV line for each customer of each organization, with unchanged names with --raw', async () => {
    const { path, name, create } = await createFixture();
    const responses = [await create(A, [C, B]), await create(B, [])];

    const options = ['--account', name, '--format', 'csv', '--raw'];
    const { code, stdout } = await command(path, 'organizations', verb, ...options);

    const [header, ...records] = parse(stdout);
    expect(code).toBe(0);
    expect(header).toEqual([
      'organizationId',
      'createdAt',
      'role',
      'customerId',
      'customerName',
      'clientId',
      'requestId',
      'apiVersion',
    ]);
    const rebuilt = new Map<string, { id: string; owner?: object; members: object[] }>();
    for (const [id = '', , role, customerId, customerName] of records) {
      const organization = rebuilt.get(id) ?? { id, members: [] };
      rebuilt.set(id, organization);
      const customer = { id: customerId, name: customerName };
      if (role === 'owner') organization.owner = customer;
      else organization.members.push(customer);
    }
    expect([...rebuilt.values()]).toEqual(responses);
  });

  it('prints CSV with an apostrophe before names that are formulas', async () => {
    const { path, name, create } = await createFixture();
    await create(A, [B, C]);

    const { stdout } = await command(path, 'organizations', verb, '--account', name, '--format', 'csv');

    const names = parse(stdout).map((record) => record[4]);
    expect(names).toEqual(['customerName', 'Plain Ltd.', 'Smith, "Jones" & Söhne', "'=1+1; 東京 🏦"]);
  });

  it('prints only organizations created since a time', async () => {
    let nowMs = Date.UTC(2026, 0, 1, 23, 59, 59, 999);
    const { path, name, create } = await createFixture(() => nowMs);
    const old: unknown = await create(A, []);
    nowMs += 1;
    const young: unknown = await create(B, []);
    const since = async (date: string) => {
      const { stdout } = await command(path, 'organizations', verb, '--account', name, '--since', date);
      return lines(stdout).map((line) => JSON.parse(line).id);
    };
    const [oldId, youngId] = [old, young].map((each) => Object(each).id);

    expect(await since('2026-01-01')).toEqual([oldId, youngId]);
    expect(await since('2026-01-02')).toEqual([youngId]);
    expect(await since('2026-01-01T23:59:59.999Z')).toEqual([oldId, youngId]);
    expect(await since('2026-01-02T01:00:00+01:00')).toEqual([youngId]);
    expect(await since('2026-01-02T00:00:00.001Z')).toEqual([]);
  });

  it('prints no organizations of another account', async () => {
    const { path, name, create } = await createFixture();
    await create(A, [B]);
    await createKey(path, 'Other');

    const other = await command(path, 'organizations', verb, '--account', 'Other');
    const own = await command(path, 'organizations', verb, '--account', name);

    expect(other).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(lines(own.stdout)).toHaveLength(1);
  });
});

describe('organizations export of unusual names', () => {
  /** Names that may be in a database that was not filled by an import. */
  const names = [
    '=1+1',
    "'=1+1",
    '-5',
    '+1',
    '@SUM(A1)',
    '＝1',
    "O'Neil; =1",
    ' =1',
    "''",
    '"=1"',
    '\u202eA',
    '\u009b1m',
  ];
  const customers = names.map((name, index) => ({
    id: `${index.toString(16)}1111111-1111-4111-8111-111111111111`,
    name,
  }));

  async function exportAll(...options: string[]) {
    const path = await databasePath();
    const store = openSqliteStore({ path });
    onTestFinished(() => store.close());
    const { account } = await addAccount(store, customers);
    const [{ name = '' } = {}] = await store.listAccounts();
    const [ownerId = '', ...memberIds] = customers.map(({ id }) => id);
    await store.createOrganization({ account, id: '00000000-0000-7000-8000-000000000000', ownerId, memberIds });
    const { stdout } = await command(path, 'organizations', 'export', '--account', name, ...options);
    return { path, stdout };
  }

  it.each([[], ['--raw']])('prints CSV that an import turns back into the same names: %s', async (...raw) => {
    const { path, stdout } = await exportAll('--format', 'csv', ...raw);
    const records = parse(stdout).slice(1);
    const importable = records.filter(([, , , , name = '']) => !/[\p{Cc}\p{Cf}]/u.test(name));
    const cells = importable.map(([, , , id, name = '']) => `${id},"${name.replaceAll('"', '""')}"\n`);
    const file = `${path}.csv`;
    await writeFile(file, `id,name\n${cells.join('')}`);
    await createKey(path, 'Other');

    const { code } = await command(path, 'customers', 'import', file, '--account', 'Other', ...raw);

    using database = new DatabaseSync(path, { readOnly: true });
    const rows = database
      .prepare(
        'SELECT customers.name FROM customers JOIN accounts USING (account_id) ' +
          "WHERE accounts.name = 'Other' ORDER BY customer_id",
      )
      .all();
    expect(code).toBe(0);
    expect(rows.map((row) => row.name)).toEqual(names.slice(0, -2));
  });

  it('prints JSON Lines with the exact names and escaped invisible characters', async () => {
    const { stdout } = await exportAll();

    const { owner, members } = JSON.parse(stdout);
    expect([owner, ...members]).toEqual(customers);
    expect(stdout).toContain('"\\u202eA"');
    expect(stdout).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  });
});

describe('organizations export of 3,000 organizations', () => {
  const COUNT = 3000;

  async function many() {
    const path = await databasePath();
    const store = openSqliteStore({ path });
    onTestFinished(() => store.close());
    const { account } = await addAccount(store, CUSTOMERS);
    const [{ name = '' } = {}] = await store.listAccounts();
    const ids = Array.from(
      { length: COUNT },
      (_, index) => `${index.toString(16).padStart(8, '0')}-0000-7000-8000-000000000000`,
    );
    await Promise.all(ids.map((id) => store.createOrganization({ account, id, ownerId: A, memberIds: [B, C] })));
    return { path, name, ids };
  }

  it('prints each of them once, in the same order each time', async () => {
    const { path, name, ids } = await many();

    const first = await command(path, 'organizations', 'export', '--account', name);
    const second = await command(path, 'organizations', 'export', '--account', name);

    expect(lines(first.stdout).map((line) => JSON.parse(line).id)).toEqual(ids);
    expect(second.stdout).toBe(first.stdout);
  });

  it('exits with 0 when the reader closes the pipe', async () => {
    const { path, name } = await many();
    const child = spawnCommand({ DATABASE_PATH: path }, 'organizations', 'export', '--account', name);
    const end = ended(child);
    child.stdout.once('data', () => child.stdout.destroy());

    const { code, stderr } = await end;

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
