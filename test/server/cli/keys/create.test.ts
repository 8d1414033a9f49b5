// `keys create`: the secret, the account, and the version that a key is pinned to.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { createCredentials } from '../../../../server/auth/api-keys.ts';
import { databasePath, serveDatabase } from '../../../support/fixtures.ts';
import { send } from '../../../support/http/http.ts';
import { command, createKey } from '../../../support/process/command.ts';

const serve = async (path: string) => (await serveDatabase({ path })).url;

const CREATE_KEY = ['keys', 'create', '--account', 'Acme', '--create-account'];

const BODY = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

describe('createCredentials', () => {
  it('returns a URL-safe client ID and a URL-safe secret of 256 bits', () => {
    const keys = Array.from({ length: 200 }, () => createCredentials());

    for (const { clientId, secret, secretHash } of keys) {
      expect(clientId).toMatch(/^co_[\w-]{12}$/);
      expect(secret).toMatch(/^[\w-]{43}$/);
      expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
      expect(Buffer.from(secretHash)).toEqual(createHash('sha256').update(secret).digest());
    }
    expect(new Set(keys.map(({ secret }) => secret))).toHaveProperty('size', 200);
    expect(new Set(keys.map(({ clientId }) => clientId))).toHaveProperty('size', 200);
  });
});

describe('keys create', () => {
  it('prints the secret once, and stores only its hash', async () => {
    const path = await databasePath();

    const { code, stdout, stderr } = await command(path, ...CREATE_KEY);

    const [, clientId = '', secret = ''] =
      /^Client ID: +(\S+)\nClient secret: +(\S+)\nPinned to: +2024-07-30\n$/.exec(stdout) ?? [];
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

  it.each([
    ['the newest version by default', [], '2024-07-30'],
    ['the newest version with --pin-version', ['--pin-version'], '2024-07-30'],
    ['the version that is named', ['--pin-version', '2024-07-30'], '2024-07-30'],
    ['none with --no-pin-version', ['--no-pin-version'], null],
  ])('pins the key to %s', async (_, options, pinnedVersion) => {
    const path = await databasePath();

    const created = await createKey(path, 'Acme', ...options);
    const listed = await command(path, 'keys', 'list', '--json');

    expect(created).toMatchObject({ pinnedVersion });
    expect(JSON.parse(listed.stdout)).toMatchObject({ pinnedVersion });
  });

  it('exits with 2 for a version that is not live', async () => {
    const path = await databasePath();

    const ran = await command(path, ...CREATE_KEY, '--pin-version', '2023-01-01');

    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain('2024-07-30');
  });

  it('creates the account once, and reports it', async () => {
    const path = await databasePath();

    const first = await command(path, ...CREATE_KEY);
    const second = await command(path, ...CREATE_KEY);

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

describe('keys create for an account that does not exist', () => {
  it('creates nothing without --create-account, and names the accounts', async () => {
    const path = await databasePath();
    await createKey(path, 'Acme');

    const { code, stdout, stderr } = await command(path, 'keys', 'create', '--account', 'Acem');

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('There is no account "Acem". Existing accounts: "Acme".');
    expect(stderr).toContain('--create-account');
    using database = new DatabaseSync(path, { readOnly: true });
    expect(database.prepare('SELECT name FROM accounts').all()).toEqual([{ name: 'Acme' }]);
    expect(database.prepare('SELECT count(*) AS n FROM api_keys').get()).toEqual({ n: 1 });
  });

  it('creates no database without --create-account', async () => {
    const path = await databasePath();

    const { code } = await command(path, 'keys', 'create', '--account', 'Acme');

    expect(code).toBe(1);
    expect(existsSync(path)).toBe(false);
  });
});
