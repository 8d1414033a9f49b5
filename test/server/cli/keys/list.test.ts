// `keys list`.
import { describe, expect, it } from 'vitest';
import { openSqliteStore } from '../../../../server/store/sqlite/store.ts';
import { createApiKey } from '../../../support/api-key.ts';
import { databasePath } from '../../../support/fixtures.ts';
import { command, createKey } from '../../../support/process/command.ts';

describe('keys list', () => {
  it('lists the keys of all accounts or of one, with pinned versions and revocations', async () => {
    const path = await databasePath();
    const acme = await createKey(path, 'Acme');
    await command(path, 'keys', 'create', '--account', 'Zebra', '--create-account', '--no-pin-version');
    await command(path, 'keys', 'revoke', acme.clientId);

    const all = await command(path, 'keys', 'list', '--json');
    const one = await command(path, 'keys', 'list', '--account', 'Zebra', '--json');
    const table = await command(path, 'keys', 'list');

    const rows = all.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows).toMatchObject([
      {
        account: 'Acme',
        clientId: acme.clientId,
        pinnedVersion: '2024-07-30',
        revokedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      },
      { account: 'Zebra', pinnedVersion: null, revokedAt: null },
    ]);
    expect(JSON.parse(one.stdout)).toEqual(rows[1]);
    expect(table.stdout.split('\n')[0]).toMatch(
      /^ACCOUNT +CLIENT ID +LABEL +STATUS +CREATED +LAST USED +EXPIRES +OLD SECRET UNTIL +PINNED TO$/,
    );
  });

  it('finds an account whose name breaks the rule for names, and escapes it', async () => {
    const path = await databasePath();
    const name = 'A\u202ecme\u009b';
    const store = openSqliteStore({ path });
    await store.addApiKey(createApiKey(await store.addAccount(name)).stored);
    await store.close();

    const table = await command(path, 'keys', 'list', '--account', name);
    const json = await command(path, 'keys', 'list', '--json');

    expect(table.stdout).toContain('A\\u202ecme\\u009b ');
    expect(json.stdout).toContain('A\\u202ecme\\u009b');
    expect(JSON.parse(json.stdout)).toMatchObject({ account: name });
  });

  it('exits with 1 for an unknown account, and names the existing ones', async () => {
    const path = await databasePath();
    await createKey(path, 'Acme');

    const { code, stderr } = await command(path, 'keys', 'list', '--account', 'acme');

    expect(code).toBe(1);
    expect(stderr).toContain('There is no account "acme". Existing accounts: "Acme".');
  });
});
