// `keys rotate`, `keys pin`, `keys disable`, `keys enable` and `keys revoke`.
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { databasePath, serveDatabase, startServer } from '../../../support/fixtures.ts';
import { basic, send } from '../../../support/http/http.ts';
import { command, createKey } from '../../../support/process/command.ts';

const serve = async (path: string) => (await serveDatabase({ path })).url;

const CREATE_KEY = ['keys', 'create', '--account', 'Acme', '--create-account'];

const BODY = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };

describe('the life cycle of a key', () => {
  const list = async (path: string) => {
    const { stdout } = await command(path, 'keys', 'list', '--json');
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  };
  const status = async (url: string, authorization: string) =>
    (await send(url, { headers: { authorization }, body: BODY })).status;

  it('has a label and an expiry, which keys list shows', async () => {
    const path = await databasePath();
    const options = ['--account', 'Acme', '--create-account', '--label', 'Nightly job', '--expires', '2999-01-31'];

    const created = await command(path, 'keys', 'create', ...options);
    const table = await command(path, 'keys', 'list');

    expect(created.stdout).toContain('Label:          Nightly job\nExpires:        2999-01-31T00:00:00.000Z\n');
    expect(await list(path)).toMatchObject([
      { label: 'Nightly job', expiresAt: '2999-01-31T00:00:00.000Z', status: 'active', lastUsedAt: null },
    ]);
    expect(table.stdout).toMatch(/Nightly job +active/);
  });

  it.each([
    ['--expires', '2020-01-01', 'It must be in the future.'],
    ['--expires', '90', 'Use a date'],
    ['--expires', '4000d', 'at most 3650d'],
    ['--expires', '90D', 'or a time from now such as 24h or 90d'],
    ['--label', '', 'The label is missing.'],
    ['--label', ' nightly', 'The label " nightly" begins or ends with a space.'],
    ['--label', 'a\u202eb', 'U+202E'],
  ])('exits with 2 for %s %j', async (option, value, reason) => {
    const path = await databasePath();

    const { code, stderr } = await command(path, 'keys', 'create', '--account', 'A', '--create-account', option, value);

    expect(stderr).toContain(reason);
    expect(code).toBe(2);
    expect(existsSync(path)).toBe(false);
  });

  it('is rejected while it is disabled, and accepted again', async () => {
    const path = await databasePath();
    const url = await serve(path);
    const { clientId, authorization } = await createKey(path, 'Acme');
    expect(await status(url, authorization)).toBe(400);

    const disabled = await command(path, 'keys', 'disable', clientId);
    await expect.poll(() => status(url, authorization)).toBe(401);
    expect(await list(path)).toMatchObject([{ status: 'disabled', disabledAt: expect.any(String) }]);
    const again = await command(path, 'keys', 'disable', clientId);
    const enabled = await command(path, 'keys', 'enable', clientId, '--json');
    await expect.poll(() => status(url, authorization)).toBe(400);

    expect(disabled.stdout).toBe(`Disabled ${clientId}.\n`);
    expect(again).toEqual({ code: 0, stdout: '', stderr: `The key "${clientId}" is disabled already.\n` });
    expect(JSON.parse(enabled.stdout)).toEqual({ clientId, status: 'active', changed: true });
    expect(await list(path)).toMatchObject([{ status: 'active', disabledAt: null }]);
  });

  it('has two secrets after keys rotate, and one when the overlap is 0', async () => {
    const path = await databasePath();
    const url = await serve(path);
    const { clientId, authorization: first } = await createKey(path, 'Acme');

    const rotated = await command(path, 'keys', 'rotate', clientId, '--overlap', '24h', '--json');
    const { clientSecret, previousSecretUntil } = JSON.parse(rotated.stdout);
    const second = basic(clientId, clientSecret);
    await expect.poll(() => status(url, second)).toBe(400);
    expect(await status(url, first)).toBe(400);
    const dayMs = Date.parse(previousSecretUntil) - Date.now();
    expect(dayMs).toBeGreaterThan(23 * 3_600_000);
    expect(dayMs).toBeLessThanOrEqual(24 * 3_600_000);
    expect(await list(path)).toMatchObject([{ previousSecretUntil }]);

    const last = await command(path, 'keys', 'rotate', clientId, '--overlap', '0');
    const [, secret = ''] = /^Client secret: +(\S+)$/m.exec(last.stdout) ?? [];
    await expect.poll(() => status(url, basic(clientId, secret))).toBe(400);
    await expect.poll(() => status(url, second)).toBe(401);
    expect(await status(url, first)).toBe(401);
    expect(last.stdout).toContain('Old secret:     not valid any more\n');
    expect(await list(path)).toMatchObject([{ previousSecretUntil: null }]);
  });

  it('has no old secret that outlives the key', async () => {
    const path = await databasePath();
    const account = ['--account', 'Acme', '--create-account'];
    const created = await command(path, 'keys', 'create', ...account, '--expires', '1h', '--json');
    const { clientId, expiresAt } = JSON.parse(created.stdout);

    const rotated = await command(path, 'keys', 'rotate', clientId, '--json');

    expect(JSON.parse(rotated.stdout).previousSecretUntil).toBe(expiresAt);
  });

  it('is not rotated when it has expired, and says when it is disabled', async () => {
    const path = await databasePath();
    const { clientId } = await createKey(path, 'Acme');
    const expired = await command(path, 'keys', 'create', '--account', 'Acme', '--expires', '1s', '--json');
    const { clientId: expiredId } = JSON.parse(expired.stdout);
    await command(path, 'keys', 'disable', clientId);

    const disabled = await command(path, 'keys', 'rotate', clientId);
    await expect
      .poll(async () => (await list(path)).map(({ status }: { status: string }) => status), { timeout: 10_000 })
      .toContain('expired');
    const rotated = await command(path, 'keys', 'rotate', expiredId);

    expect(disabled.stdout + disabled.stderr).toContain('The key is disabled; `keys enable` re-enables it.');
    expect(rotated).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('has expired') });
  });

  it('is pinned to another version, and to none', async () => {
    const path = await databasePath();
    const { clientId } = await createKey(path, 'Acme');

    const same = await command(path, 'keys', 'pin', clientId, '2024-07-30');
    const unpinned = await command(path, 'keys', 'pin', clientId, 'none');
    const [without] = await list(path);
    const pinned = await command(path, 'keys', 'pin', clientId, '2024-07-30', '--json');
    const [withPin] = await list(path);
    const events = await command(path, 'events', 'export');

    expect(same).toEqual({ code: 0, stdout: '', stderr: `The key "${clientId}" is pinned to 2024-07-30 already.\n` });
    expect(unpinned).toMatchObject({ code: 0, stdout: `Unpinned ${clientId}.\n` });
    expect(without.pinnedVersion).toBeNull();
    expect(JSON.parse(pinned.stdout)).toEqual({ clientId, pinnedVersion: '2024-07-30', changed: true });
    expect(withPin.pinnedVersion).toBe('2024-07-30');
    expect(events.stdout.match(/"key\.pinned"/g)).toHaveLength(2);
  });

  it.each(['2023-01-01', '', 'newest'])('is not pinned to a version that is not live: %j', async (version) => {
    const path = await databasePath();
    const { clientId } = await createKey(path, 'Acme');

    const { code, stderr } = await command(path, 'keys', 'pin', clientId, version);

    expect(code).toBe(2);
    expect(stderr).toContain('Allowed choices are 2024-07-30, none.');
    expect(await list(path)).toMatchObject([{ pinnedVersion: '2024-07-30' }]);
  });

  it.each(['rotate', 'pin', 'disable', 'enable'])('keys %s exits with 1 for a revoked key', async (name) => {
    const path = await databasePath();
    const { clientId } = await createKey(path, 'Acme');
    // The state is `revoked`, even if the key is also disabled.
    await command(path, 'keys', 'disable', clientId);
    await command(path, 'keys', 'revoke', clientId);

    const more = name === 'pin' ? ['2024-07-30'] : [];
    const { code, stdout, stderr } = await command(path, 'keys', name, clientId, ...more);

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(`The key "${clientId}" is revoked, which cannot be undone. \`keys create\` creates another.\n`);
  });

  it('is reported unchanged, with the exit code 0, when there is nothing to change', async () => {
    const path = await databasePath();
    const { clientId } = await createKey(path, 'Acme');
    const twice = async (name: string, ...more: string[]) => {
      const first = await command(path, 'keys', name, clientId, ...more, '--json');
      const again = await command(path, 'keys', name, clientId, ...more, '--json');
      expect([first.code, first.stderr, again.code]).toEqual([0, '', 0]);
      const { changed, ...shown } = JSON.parse(first.stdout);
      expect(changed).toBe(true);
      expect(JSON.parse(again.stdout)).toEqual({ ...shown, changed: false });
      return { ...shown, note: again.stderr };
    };
    const note = (state: string) => `The key "${clientId}" is ${state} already.\n`;

    expect(await twice('pin', 'none')).toEqual({ clientId, pinnedVersion: null, note: note('unpinned') });
    expect(await twice('disable')).toEqual({ clientId, status: 'disabled', note: note('disabled') });
    expect(await twice('enable')).toEqual({ clientId, status: 'active', note: note('enabled') });
    expect(await twice('revoke')).toEqual({ clientId, status: 'revoked', note: note('revoked') });
  });

  it('says that it has expired when it is enabled', async () => {
    const path = await databasePath();
    const created = await command(path, ...CREATE_KEY, '--expires', '1s', '--json');
    const { clientId } = JSON.parse(created.stdout);
    await command(path, 'keys', 'disable', clientId);
    await expect.poll(async () => (await list(path))[0].status, { timeout: 10_000 }).toBe('expired');

    const { code, stdout, stderr } = await command(path, 'keys', 'enable', clientId, '--json');

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ clientId, status: 'expired', changed: true });
    expect(stderr).toBe('The key has expired, so it is still rejected.\n');
  });

  it('shows when a key was used last, after the server has ended', async () => {
    const path = await databasePath();
    const used = await createKey(path, 'Acme');
    await createKey(path, 'Acme');
    const server = startServer({ DATABASE_PATH: path });
    const before = Date.now();

    expect(await status(await server.url, used.authorization)).toBe(400);
    server.child.kill('SIGTERM');
    await server.ended;

    const rows = await list(path);
    const lastUsedMs = Date.parse(rows.find(({ clientId }) => clientId === used.clientId).lastUsedAt);
    expect(lastUsedMs).toBeGreaterThanOrEqual(before);
    expect(lastUsedMs).toBeLessThanOrEqual(Date.now());
    expect(rows.filter(({ lastUsedAt }) => lastUsedAt === null)).toHaveLength(1);
  });
});

describe('keys revoke', () => {
  it('makes every server on the database reject that key, and no other', async () => {
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

  it('exits with 1 for a key that does not exist', async () => {
    const path = await databasePath();
    await createKey(path, 'Acme');

    const unknown = await command(path, 'keys', 'revoke', 'co_nobody');

    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toMatch(/^There is no key "co_nobody"\./);
  });
});
