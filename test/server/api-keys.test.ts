// `keys create`, `keys list` and `keys revoke`.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { createApiKey } from '../../server/auth/api-keys.ts';
import { openSqliteStore } from '../../server/store/sqlite/store.ts';
import { command, createKey } from '../support/command.ts';
import { databasePath, serveDatabase } from '../support/fixtures.ts';
import { send } from '../support/http.ts';

const serve = async (path: string) => (await serveDatabase({ path })).url;

const BODY = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

describe('createApiKey', () => {
  it('returns a URL-safe client ID and a URL-safe secret of 256 bits', () => {
    const keys = Array.from({ length: 200 }, () => createApiKey('account', undefined));

    for (const { clientId, secret, stored } of keys) {
      expect(clientId).toMatch(/^co_[\w-]{12}$/);
      expect(secret).toMatch(/^[\w-]{43}$/);
      expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
      expect(Buffer.from(stored.secretHash)).toEqual(createHash('sha256').update(secret).digest());
    }
    expect(new Set(keys.map(({ secret }) => secret))).toHaveProperty('size', 200);
    expect(new Set(keys.map(({ clientId }) => clientId))).toHaveProperty('size', 200);
  });
});

describe('keys create', () => {
  it('prints the secret once, and stores only its hash', async () => {
    const path = await databasePath();

    const { code, stdout, stderr } = await command(path, 'keys', 'create', '--account', 'Acme');

    const [, clientId = '', secret = ''] = /^Client ID: +(\S+)\nClient secret: +(\S+)\n$/.exec(stdout) ?? [];
    expect(code).toBe(0);
    expect(stderr).toContain('Created the account "Acme".');
    using database = new DatabaseSync(path, { readOnly: true });
    const row = database.prepare('SELECT client_id, secret_sha256 FROM api_keys').get();
    expect(row?.client_id).toBe(clientId);
    expect(row?.secret_sha256).toEqual(new Uint8Array(createHash('sha256').update(secret).digest()));
    for (const file of await readdir(dirname(path))) {
      expect((await readFile(join(dirname(path), file))).includes(secret), file).toBe(false);
    }
    for (const shown of [await command(path, 'keys', 'list'), await command(path, 'keys', 'list', '--json')]) {
      expect(shown.stdout).toContain(clientId);
      expect(shown.stdout).not.toContain(secret);
    }
  });

  it('creates the account once, and reports it', async () => {
    const path = await databasePath();

    const first = await command(path, 'keys', 'create', '--account', 'Acme');
    const second = await command(path, 'keys', 'create', '--account', 'Acme');

    expect(first.stderr).toContain('Created the account');
    expect(second.stderr).not.toContain('Created the account');
    using database = new DatabaseSync(path, { readOnly: true });
    expect(database.prepare('SELECT name FROM accounts').all()).toEqual([{ name: 'Acme' }]);
  });

  it('creates a key that a running server accepts at once', async () => {
    const path = await databasePath();
    const url = await serve(path);

    const { authorization } = await createKey(path, 'Acme');

    expect((await send(url, { headers: { authorization }, body: BODY })).status).toBe(400);
  });
});

describe('keys revoke', () => {
  it('makes every server on the database refuse that key, and no other', async () => {
    const path = await databasePath();
    const [one, other] = [await serve(path), await serve(path)];
    const revoked = await createKey(path, 'Acme');
    const kept = await createKey(path, 'Acme');
    const statuses = async ({ authorization }: { authorization: string }) =>
      Promise.all(
        [one, other].map(async (url) => (await send(url, { headers: { authorization }, body: BODY })).status),
      );
    expect(await statuses(revoked)).toEqual([400, 400]);

    const { code, stdout } = await command(path, 'keys', 'revoke', revoked.clientId);

    expect({ code, stdout }).toEqual({ code: 0, stdout: `Revoked ${revoked.clientId}.\n` });
    await expect.poll(() => statuses(revoked)).toEqual([401, 401]);
    expect(await statuses(kept)).toEqual([400, 400]);
  });

  it('exits with 1 for a key that does not exist or is already revoked', async () => {
    const path = await databasePath();
    const { clientId } = await createKey(path, 'Acme');
    await command(path, 'keys', 'revoke', clientId);

    const again = await command(path, 'keys', 'revoke', clientId);
    const unknown = await command(path, 'keys', 'revoke', 'co_nobody');

    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toMatch(/^There is no key "co_nobody"/);
  });
});

describe('keys list', () => {
  it('lists the keys of all accounts or of one, with pinned versions and revocations', async () => {
    const path = await databasePath();
    const acme = await createKey(path, 'Acme');
    await command(path, 'keys', 'create', '--account', 'Zebra', '--pin-version');
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
        pinnedVersion: null,
        revokedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      },
      { account: 'Zebra', pinnedVersion: '2024-07-30', revokedAt: null },
    ]);
    expect(JSON.parse(one.stdout)).toEqual(rows[1]);
    expect(table.stdout.split('\n')[0]).toMatch(/^ACCOUNT +CLIENT ID +CREATED +PINNED TO +REVOKED$/);
  });

  it('finds an account whose name breaks the rule for names, and escapes it', async () => {
    const path = await databasePath();
    const name = 'A\u202ecme\u009b';
    const store = openSqliteStore({ path });
    await store.addApiKey(createApiKey(await store.addAccount(name), undefined).stored);
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
