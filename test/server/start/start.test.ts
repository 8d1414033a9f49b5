// `npm start`: its preparations and its output.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEMO_KEY, seedDemo } from '../../../server/demo/demo.ts';
import { openSqliteStore } from '../../../server/store/sqlite/store.ts';
import { requestExamples as examples } from '../../support/contract/operation.ts';
import { startServer as start } from '../../support/fixtures.ts';
import { send } from '../../support/http/http.ts';
import { command } from '../../support/process/command.ts';
import { database, folder, serve } from './start-fixture.ts';

describe('a first start', () => {
  it('creates the folder, seeds the demo account, and prints the URL and the demo credentials', async () => {
    const path = await database();
    const server = start({ DATABASE_PATH: path });

    const url = await server.url;
    const response = await send(url, { body: examples.asPublished.value });

    const { port } = new URL(url);
    expect(server.output()).toContain(`Customer organizations on http://localhost:${port}/api`);
    expect(server.output()).toContain('Demo credentials: client ID key, secret secret.');
    expect(response.status).toBe(201);
    expect(response.body).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      owner: { id: '50af5191-05a3-42a5-802a-6b59091157af', name: 'FinTech Solutions Inc.' },
      members: [{ id: 'e309e948-088e-4d77-b654-cd85498f1555', name: 'Fintech Payment Processing' }],
    });
  });

  it('prints no demo credentials when they are revoked', async () => {
    const path = await database();
    const store = openSqliteStore({ path });
    await seedDemo(store);
    await store.revokeApiKey(DEMO_KEY.clientId);
    await store.close();
    const server = start({ DATABASE_PATH: path });

    await server.url;
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);

    expect(server.output()).not.toMatch(/demo|secret/i);
  });

  it('prints JSON lines only on a standard output that is no terminal', async () => {
    const server = start({ DATABASE_PATH: await database() });
    let stdout = '';
    server.child.stdout?.on('data', (chunk) => (stdout += String(chunk)));

    await server.url;
    server.child.kill('SIGTERM');
    await server.ended;

    expect(server.output()).toContain('Demo credentials');
    for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
  });

  it('does not seed a second time', async () => {
    const path = await database();
    const first = start({ DATABASE_PATH: path });
    await first.url;
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    const file = new DatabaseSync(path);
    file.exec("UPDATE customers SET name = 'Renamed' WHERE customer_id = '50af5191-05a3-42a5-802a-6b59091157af'");
    file.close();

    const second = start({ DATABASE_PATH: path });
    const response = await send(await second.url, { body: examples.oneMember.value });

    expect(response.body).toMatchObject({ owner: { name: 'Renamed' } });
  });
});

describe('production', () => {
  it('seeds nothing, and prints no demo credentials', async () => {
    const path = await database();
    await command(path, 'migrate');
    const server = start({ DATABASE_PATH: path, NODE_ENV: 'production' });

    const response = await send(await server.url, { body: examples.asPublished.value });

    expect(response.status).toBe(401);
    expect(server.output()).not.toMatch(/demo|secret/i);
    expect(server.output()).toContain('has no accounts, so every request gets 401: is it the right database?');
    const file = new DatabaseSync(path, { readOnly: true });
    onTestFinished(() => file.close());
    expect(
      file.prepare('SELECT (SELECT count(*) FROM accounts) + (SELECT count(*) FROM customers) AS n').get(),
    ).toEqual({ n: 0 });
  });

  it('creates no database, not even where an empty file is', async () => {
    const path = await database();
    const missing = await serve({ DATABASE_PATH: join(path, '../typo/x.db'), NODE_ENV: 'production' });
    await mkdir(dirname(path));
    await writeFile(path, '');
    const empty = await serve({ DATABASE_PATH: path, NODE_ENV: 'production' });

    expect([missing.code, empty.code]).toEqual([1, 1]);
    expect(missing.stderr).toMatch(
      /^There is no database .*\/typo\/x\.db\. .*`migrate` and .* create one, and so does/,
    );
    expect(empty.stderr).toMatch(/there is no schema yet.* migrate`, then start .* restore a backup with `restore`/);
    expect(empty.stderr).not.toContain('role');
    expect(await readdir(join(path, '..'))).toEqual([basename(path)]);
  });

  it('does not start when the demo key is in its database', async () => {
    const path = await database();
    const store = openSqliteStore({ path });
    await seedDemo(store);
    await store.close();

    const ran = await serve({ DATABASE_PATH: path, NODE_ENV: 'production' });

    const stderr =
      `${path} accepts the demo credentials key:secret, which are public. ` +
      'Revoke that key, or set DATABASE_PATH to another file.\n';
    expect(ran).toEqual({ code: 1, stdout: '', stderr });
  });
});

describe('an older Node', () => {
  it('fails with one line that names the required version', async () => {
    const folderPath = await folder();
    const fake = join(folderPath, 'pretend.cjs');
    await writeFile(
      fake,
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });",
    );

    const server = start({ NODE_OPTIONS: `--require ${fake}`, DATABASE_PATH: join(folderPath, 'test.db') });

    expect(await server.ended).toBe(1);
    expect(server.output()).toBe(
      'This needs Node 24.18 or newer, but runs on 20.20.2. Install a newer Node, or run `npm ci`, which brings one.\n',
    );
  });
});
