// The commands on PostgreSQL: only DATABASE_URL differs from SQLite.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startPostgres, type TestPostgres } from '../../support/postgres/postgres.ts';
import { commandIn } from '../../support/process/command.ts';

const A = '11111111-1111-4111-8111-111111111111';
const B = 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb';

describe('the command line on PostgreSQL', () => {
  let postgres: TestPostgres | undefined;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.close());

  async function createFixture() {
    const url = (await postgres?.createSchema()) ?? '';
    const folder = await mkdtemp(join(tmpdir(), 'customer-organizations-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const run = (...argv: string[]) => commandIn({ DATABASE_URL: url }, ...argv);
    const customers = async () =>
      (await postgres?.query(url, 'SELECT customer_id::text AS id, name FROM customers ORDER BY name')) ?? [];
    const importText = async (content: string, ...options: string[]) => {
      const file = join(folder, 'a.csv');
      await writeFile(file, content);
      return run('customers', 'import', file, '--account', 'Acme', ...options);
    };
    return { run, customers, importText };
  }

  it('creates, lists and revokes keys', async () => {
    const { run } = await createFixture();

    const migrated = await run('migrate');
    const created = await run('keys', 'create', '--account', 'Acme', '--create-account', '--json');
    const { clientId } = JSON.parse(created.stdout);
    const revoked = await run('keys', 'revoke', clientId);
    const listed = await run('keys', 'list', '--json');

    expect([migrated.code, created.code, revoked.code, listed.code]).toEqual([0, 0, 0, 0]);
    expect(JSON.parse(listed.stdout)).toMatchObject({ account: 'Acme', clientId, revokedAt: expect.any(String) });
  });

  it('warns of a clock that differs from that of the database', async () => {
    const { run } = await createFixture();
    await run('migrate');
    await run('keys', 'create', '--account', 'Acme', '--create-account');
    // The time must not be in the future: the files of a worker share modules, and new version 7 UUIDs are never older
    // than others.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 2 * 86_400_000 });
    onTestFinished(() => void vi.useRealTimers());

    const listed = await run('keys', 'list', '--json');
    const created = await run('keys', 'create', '--account', 'Acme', '--expires', '1h', '--json');

    for (const { code, stdout, stderr } of [listed, created]) {
      expect({ code, lines: stdout.trim().split('\n').length }).toEqual({ code: 0, lines: 1 });
      expect(stderr).toMatch(/^Warning: The clock of this host is 172,\d{3} s behind the clock of PostgreSQL: .*\n$/);
    }
  });

  it('imports a whole file or nothing, and counts changes', async () => {
    const { run, customers, importText } = await createFixture();
    await run('keys', 'create', '--account', 'Acme', '--create-account');

    const wrong = await importText(`id,name\n${A},One\n${B},Two\n${A},Uno\n`);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('line 4: The id');
    expect(await customers()).toEqual([]);

    const first = await importText(`id,name\n${A},One\n${B},Two\n`);
    const dry = await importText(`id,name\n${A},Uno\n`, '--dry-run');
    const second = await importText(`id,name\n${B},Two\n${A.toUpperCase()},Uno\n`);

    expect(first.stdout).toBe('Imported 2 customers into "Acme": 2 new, 0 renamed, 0 unchanged.\n');
    expect(dry.stdout).toContain('0 new, 1 renamed, 0 unchanged');
    expect(second.stdout).toBe('Imported 2 customers into "Acme": 0 new, 1 renamed, 1 unchanged.\n');
    expect(await customers()).toEqual([
      { id: B, name: 'Two' },
      { id: A, name: 'Uno' },
    ]);
    expect(await run('organizations', 'list', '--account', 'Acme')).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});
