// `events export`, and the requests that `organizations export` names.
import { hostname, userInfo } from 'node:os';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../../server/store/sqlite/store.ts';
import { databasePath, serveDatabase } from '../../support/fixtures.ts';
import { send } from '../../support/http/http.ts';
import { command, createKey } from '../../support/process/command.ts';

const OWNER = '50af5191-05a3-42a5-802a-6b59091157af';
const ME = `${userInfo().username}@${hostname()}`;

const parseLines = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

/** Two accounts with a key each, one of which was revoked, and a customer. */
async function createFixture() {
  const path = await databasePath();
  const acme = await createKey(path, 'Acme');
  const other = await createKey(path, '=Other');
  await command(path, 'keys', 'revoke', other.clientId);
  const store = openSqliteStore({ path, actor: 'importer@elsewhere' });
  const account = (await store.findAccount('Acme')) ?? '';
  await store.importCustomers(
    account,
    (async function* () {
      yield [{ id: OWNER, name: 'FinTech Solutions Inc.' }];
    })(),
  );
  await store.close();
  return { path, account, acme, other };
}

describe('events export', () => {
  it('prints JSON Lines of all changes, oldest first, with who made them', async () => {
    const { path, account, acme, other } = await createFixture();

    const { code, stdout, stderr } = await command(path, 'events', 'export');

    const events = parseLines(stdout);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(events.map(({ type, subject, actor }) => [type, subject, actor])).toEqual([
      ['account.created', 'Acme', ME],
      ['key.created', acme.clientId, ME],
      ['account.created', '=Other', ME],
      ['key.created', other.clientId, ME],
      ['key.revoked', other.clientId, ME],
      ['customers.imported', account, 'importer@elsewhere'],
    ]);
    expect(events.at(-1)).toMatchObject({ account, details: { added: 1, renamed: 0, unchanged: 0 } });
    for (const { id, createdAt } of events)
      expect([id, createdAt]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), expect.stringMatching(/Z$/)]);
  });

  it('prints the events of a deleted account by name and by ID', async () => {
    const { path, account } = await createFixture();
    await command(path, 'accounts', 'delete', 'Acme', '--with-data');

    const byName = await command(path, 'events', 'export', '--account', 'Acme');
    const byId = await command(path, 'events', 'export', '--account', account.toUpperCase());

    expect(byName.code).toBe(0);
    expect(byName.stderr).toBe(
      `No account has the name "Acme" now. These are the events of ${account}, which had it.\n`,
    );
    expect(parseLines(byName.stdout).map(({ type }) => type)).toEqual([
      'account.created',
      'key.created',
      'customers.imported',
      'account.deleted',
    ]);
    expect(byId).toEqual({ ...byName, stderr: '' });
  });

  it('prints the events of a renamed account by an earlier name', async () => {
    const { path, account } = await createFixture();
    await command(path, 'accounts', 'rename', 'Acme', 'Acme Inc.');

    const { code, stdout, stderr } = await command(path, 'events', 'export', '--account', 'Acme');

    expect({ code, last: parseLines(stdout).at(-1) }).toMatchObject({ code: 0, last: { type: 'account.renamed' } });
    expect(stderr).toContain(account);
  });

  it('names the IDs of all accounts that had a name', async () => {
    const { path, account } = await createFixture();
    await command(path, 'accounts', 'delete', 'Acme', '--with-data');
    await createKey(path, 'Acme');
    const id = JSON.parse((await command(path, 'accounts', 'list', '--json')).stdout.split('\n')[1] ?? '').id;

    const current = await command(path, 'events', 'export', '--account', 'Acme');
    await command(path, 'accounts', 'delete', 'Acme');
    const gone = await command(path, 'events', 'export', '--account', 'Acme');

    expect(parseLines(current.stdout)).toHaveLength(2);
    expect(current.stderr).toBe(`Other accounts had the name "Acme" before: ${account}. --account takes an ID.\n`);
    expect(gone).toEqual({
      code: 1,
      stdout: '',
      stderr: `Several accounts had the name "Acme": ${account}, ${id}. Use --account ID.\n`,
    });
  });

  it('prints the events of an account by ID, also when the ID was or is the name of others', async () => {
    const { path, account } = await createFixture();
    const nameless = '019ab1c0-5d2e-7c4a-8f31-6be0a9d47e52';
    // A server of an older version, or a program that uses the store, may have made such names.
    const store = openSqliteStore({ path });
    const named = await store.addAccount(account);
    const earlier = await store.addAccount(nameless);
    await store.renameAccount(earlier, 'Renamed');
    await store.close();

    const byId = await command(path, 'events', 'export', '--account', account);
    const byUpperCase = await command(path, 'events', 'export', '--account', account.toUpperCase());
    const byIdOfNamed = await command(path, 'events', 'export', '--account', named);
    const byEarlierName = await command(path, 'events', 'export', '--account', nameless);
    const byUnknown = await command(path, 'events', 'export', '--account', '019ab1c0-0000-7000-8000-000000000000');

    const accountsOf = ({ stdout }: { stdout: string }) => [...new Set(parseLines(stdout).map((line) => line.account))];
    expect(byId.stderr).toBe(
      `These are the events of the account with this ID. Others have or had it as their name: ${named}.\n`,
    );
    expect(byUpperCase.stderr).toBe('');
    expect([byId, byUpperCase, byIdOfNamed, byEarlierName, byUnknown].map(accountsOf)).toEqual([
      [account],
      [account],
      [named],
      [earlier],
      [],
    ]);
  });

  it('lists the accounts for an unknown one, without a hint to create it', async () => {
    const { path } = await createFixture();

    for (const name of ['events', 'organizations'])
      expect(await command(path, name, 'export', '--account', 'Nope')).toEqual({
        code: 1,
        stdout: '',
        stderr: 'There is no account "Nope". Existing accounts: "=Other", "Acme".\n',
      });
  });

  it('prints the events of one account, and since a time', async () => {
    const { path } = await createFixture();

    const acme = await command(path, 'events', 'export', '--account', 'Acme');
    const future = await command(path, 'events', 'export', '--since', '2999-01-01');
    const unknown = await command(path, 'events', 'export', '--account', 'Nobody');

    expect(parseLines(acme.stdout).map(({ type }) => type)).toEqual([
      'account.created',
      'key.created',
      'customers.imported',
    ]);
    expect(future).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(unknown.code).toBe(1);
  });

  it('prints the events of a deleted account by its ID', async () => {
    const { path, account } = await createFixture();
    await command(path, 'accounts', 'delete', 'Acme', '--with-data');

    const { code, stdout } = await command(path, 'events', 'export', '--account', account);

    expect(code).toBe(0);
    expect(parseLines(stdout).map(({ type }) => type)).toEqual([
      'account.created',
      'key.created',
      'customers.imported',
      'account.deleted',
    ]);
  });

  it('prints CSV without formulas', async () => {
    const { path } = await createFixture();

    const { stdout } = await command(path, 'events', 'export', '--format', 'csv');

    const [header, ...records] = parse(stdout);
    expect(header).toEqual(['id', 'createdAt', 'actor', 'type', 'account', 'subject', 'details']);
    expect(records.map((record) => record[5])).toContain("'=Other");
    expect(JSON.parse(records.at(-1)?.[6] ?? '')).toEqual({ added: 1, renamed: 0, unchanged: 0 });
  });
});

describe('organizations export', () => {
  it('names the client, the request and the version that made each organization', async () => {
    const { path, acme } = await createFixture();
    const { url } = await serveDatabase({ path });
    const { headers } = await send(url, {
      headers: { authorization: acme.authorization },
      body: { ownerId: OWNER, memberIds: [] },
    });

    const lines = await command(path, 'organizations', 'export', '--account', 'Acme');
    const csv = await command(path, 'organizations', 'export', '--account', 'Acme', '--format', 'csv');

    const made = [acme.clientId, headers['x-request-id'], '2024-07-30'];
    const [organization] = parseLines(lines.stdout);
    expect([organization.clientId, organization.requestId, organization.apiVersion]).toEqual(made);
    expect(parse(csv.stdout)[1]?.slice(5)).toEqual(made);
  });
});
