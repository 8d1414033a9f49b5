// The commands that show, delete and rename: their output and errors.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../../server/store/sqlite/store.ts';
import { batches } from '../../store/conformance/store-fixture.ts';
import { databasePath } from '../../support/fixtures.ts';
import { command } from '../../support/process/command.ts';

const NAME = 'Unforgettable Holdings';

async function fill() {
  const path = await databasePath();
  const store = openSqliteStore({ path });
  const account = await store.addAccount('Acme');
  const [owner, member] = [
    { id: randomUUID(), name: 'Owner' },
    { id: randomUUID(), name: NAME },
  ];
  await store.importCustomers(account, batches([owner, member]));
  const id = randomUUID();
  const idempotency = { key: 'k', fingerprint: new Uint8Array(32) };
  await store.createOrganization({ account, id, ownerId: owner.id, memberIds: [member.id], idempotency });
  await store.close();
  const run = (...argv: string[]) => command(path, ...argv);
  return { path, id, owner, member, run };
}

describe('organizations', () => {
  it('get prints an organization, whose ID may be in upper case', async () => {
    const { id, owner, member, run } = await fill();

    const text = await run('organizations', 'get', id.toUpperCase());
    const json = await run('organizations', 'get', id, '--account', 'Acme', '--json');

    expect(text.stdout).toMatch(
      new RegExp(`^Organization  ${id}\nAccount       Acme\nCreated       .+Z\nOwner         `),
    );
    expect(text.stdout).toContain(`Member        ${member.id}  ${NAME}\n`);
    expect(JSON.parse(json.stdout)).toMatchObject({ account: 'Acme', id, owner, members: [member] });
  });

  it('delete removes an organization and the names in its responses from the file', async () => {
    const { path, id, member, run } = await fill();

    const deleted = await run('organizations', 'delete', id, '--json');
    const customer = await run('customers', 'delete', member.id, '--account', 'Acme');

    expect(JSON.parse(deleted.stdout)).toEqual({ deleted: id, account: 'Acme' });
    expect(customer).toEqual({ code: 0, stdout: `Deleted the customer ${member.id}.\n`, stderr: '' });
    expect((await run('organizations', 'export', '--account', 'Acme')).stdout).toBe('');
    expect(readFileSync(path).includes(NAME)).toBe(false);
  });

  it.each(['get', 'delete'])('%s reports an unknown ID, and one that is no UUID', async (name) => {
    const { run } = await fill();
    const unknown = randomUUID();

    expect(await run('organizations', name, unknown)).toEqual({
      code: 1,
      stdout: '',
      stderr: `There is no organization ${unknown}.\n`,
    });
    expect(await run('organizations', name, 'x')).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('customers', () => {
  it('list and get print customers', async () => {
    const { owner, member, run } = await fill();
    const sorted = [owner, member].sort((one, other) => (one.id < other.id ? -1 : 1));

    const list = await run('customers', 'list', '--account', 'Acme', '--json');
    const text = await run('customers', 'get', owner.id, '--account', 'Acme');

    expect(
      list.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(sorted);
    expect(text.stdout).toBe(`${owner.id}  Owner\n`);
  });

  it('delete is rejected, naming the organizations', async () => {
    const { id, member, run } = await fill();

    expect(await run('customers', 'delete', member.id, '--account', 'Acme')).toEqual({
      code: 1,
      stdout: '',
      stderr: `The customer ${member.id} was not deleted: it belongs to ${id}. Delete these organizations first.\n`,
    });
  });

  it.each(['get', 'delete'])('%s reports an unknown ID', async (name) => {
    const { run } = await fill();
    const unknown = randomUUID();

    expect(await run('customers', name, unknown, '--account', 'Acme')).toMatchObject({
      code: 1,
      stderr: `The account "Acme" has no customer ${unknown}.\n`,
    });
  });
});

describe('accounts', () => {
  it('list prints accounts and what they have', async () => {
    const { run } = await fill();

    expect((await run('accounts', 'list')).stdout).toMatch(
      /^Acme \([0-9a-f-]{36}\): 2 customers, 1 organization, 0 keys\n$/,
    );
    expect(JSON.parse((await run('accounts', 'list', '--json')).stdout)).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'Acme',
      customers: 2,
      organizations: 1,
      keys: 0,
    });
  });

  it('rename keeps what the account has, and rejects names that are taken or invalid', async () => {
    const { run } = await fill();
    await run('keys', 'create', '--create-account', '--account', 'Other');

    expect((await run('accounts', 'rename', 'Acme', 'Acme Inc.')).stdout).toBe('Renamed "Acme" to "Acme Inc.".\n');
    expect(await run('accounts', 'rename', 'Acme Inc.', 'Other')).toMatchObject({
      code: 1,
      stderr: 'There is an account "Other" already. Nothing was changed.\n',
    });
    expect(await run('accounts', 'rename', 'Other', 'Other', '--json')).toEqual({
      code: 0,
      stdout: '{"renamed":"Other","name":"Other","changed":false}\n',
      stderr: 'The account has the name "Other" already.\n',
    });
    expect(await run('accounts', 'rename', 'Other', 'a\u0007')).toMatchObject({ code: 2 });
    expect((await run('accounts', 'list')).stdout).toMatch(/^Acme Inc\. \([0-9a-f-]{36}\): 2 customers/);
  });

  it('delete is rejected with data, unless it is asked for', async () => {
    const { run } = await fill();

    expect(await run('accounts', 'delete', 'Acme')).toMatchObject({
      code: 1,
      stderr:
        'The account "Acme" was not deleted: it has 2 customers, 1 organization, 0 keys. ' +
        '--with-data deletes them as well.\n',
    });
    expect((await run('accounts', 'delete', 'Acme', '--with-data', '--json')).stdout).toBe(
      '{"deleted":"Acme","customers":2,"organizations":1,"keys":0}\n',
    );
    expect((await run('accounts', 'list')).stderr).toMatch(
      /^There are no accounts\. `keys create --create-account` creates/,
    );
    expect((await run('keys', 'list')).stderr).toMatch(/no accounts\. `keys create --create-account` creates/);
  });
});
