// `npm start`: what it prepares, what it says, and what keeps it from starting.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seedDemo } from '../../server/api/demo.ts';
import { openSqliteStore } from '../../server/store/sqlite/store.ts';
import { requestExamples as examples } from '../support/contract/operation.ts';
import { startServer as start } from '../support/fixtures.ts';
import { send } from '../support/http/http.ts';
import { command, commandIn, type Ended } from '../support/process/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

async function folder(): Promise<string> {
  const { path, [Symbol.asyncDispose]: remove } = await temporaryFolder();
  onTestFinished(() => remove());
  return path;
}

/** Runs `serve` in this process, with settings that it refuses. Resolves when it has ended. */
const serve = (settings: Record<string, string>) => commandIn({ PORT: '0', ...settings }, 'serve');

const MIGRATIONS = readdirSync(new URL('../../server/store/sqlite/schema/migrations', import.meta.url));
const database = async () => join(await folder(), 'data', 'test.db');

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
    expect(empty.stderr).toMatch(/there is no schema yet.* migrate/);
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

describe('wrong settings', () => {
  it('are all reported at once', async () => {
    const server = start({
      PORT: '70000',
      HOST: '',
      LOG_LEVEL: 'loud',
      CORS_ORIGINS: 'app.example.com',
      TRUST_PROXY: 'loopback, 999.1.1.1',
      NODE_ENV: 'prod',
      SHUTDOWN_TIMEOUT_MS: '-1',
      RATE_LIMIT_PER_MINUTE: '1.5',
      DATABASE_PATH: ' ',
    });

    expect(await server.ended).toBe(1);
    expect(server.output().split('\n')).toEqual([
      'Invalid environment variables:',
      '  NODE_ENV="prod": must be one of development, test, production',
      '  PORT="70000": must be an integer from 0 to 65535',
      '  HOST="": must not be empty',
      '  DATABASE_PATH=" ": must not be empty',
      '  RATE_LIMIT_PER_MINUTE="1.5": must be an integer from 0 to 1000000',
      '  CORS_ORIGINS="app.example.com": must be * or a list of origins such as https://app.example.com, ' +
        'without a path, but has "app.example.com"',
      '  LOG_LEVEL="loud": must be one of trace, debug, info, warn, error, fatal, silent',
      '  TRUST_PROXY="loopback, 999.1.1.1": must be true, false, the number of proxies, ' +
        'or a list of their addresses such as 10.0.0.0/8, loopback (invalid IP address: 999.1.1.1)',
      '  SHUTDOWN_TIMEOUT_MS="-1": must be an integer from 0 to 600000',
      '',
    ]);
  });

  it('reports a port that is in use in one line', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await new Promise((settle) => taken.once('listening', settle));
    const { port } = taken.address() as { port: number }; // It listens on a port.

    const ran = await serve({ DATABASE_PATH: await database(), PORT: String(port) });

    const stderr = `Port ${port} on 127.0.0.1 is taken. Stop what uses it, or choose another: PORT=3001 npm start.\n`;
    expect(ran).toEqual({ code: 1, stdout: '', stderr });
  });

  it.each([
    ['192.0.2.1', '"192.0.2.1" is not an address of this machine.'],
    ['fe80::1', '"fe80::1" is a link-local address. Name its interface, such as fe80::1%eth0.'],
    ['ff02::1', expect.stringMatching(/^The server cannot listen on port \d+ of "ff02::1" \(E[A-Z]+\)\.\n$/)],
    [
      'a\u202eb',
      'Invalid environment variables:\n  HOST="a\\u202eb": must be an address or a name of this machine, ' +
        'without port, brackets and spaces',
    ],
  ])('an address that it cannot listen on is reported: %j', async (host, shown) => {
    const ran = await serve({ DATABASE_PATH: await database(), HOST: host });

    expect(ran).toEqual({ code: 1, stdout: '', stderr: typeof shown === 'string' ? `${shown}\n` : shown });
  });
});

/** `serve` in this process, on a database that cannot be used: one line on the screen. */
async function refusal(path: string): Promise<Ended> {
  return serve({ DATABASE_PATH: path });
}

/** Not a byte of the file is changed either. */
async function refuses(path: string, line: string): Promise<void> {
  const digest = async () =>
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  const before = (await stat(path)).isFile() ? await digest() : undefined;

  const refused = await refusal(path);

  expect(refused).toEqual({ code: 1, stdout: '', stderr: `${line}\n` });
  if (before !== undefined) expect(await digest()).toBe(before);
}

describe('a database that cannot be used', () => {
  it('is rejected when it is no database', async () => {
    const path = join(await folder(), 'notes.txt');
    await writeFile(path, 'Not a database, but somebody needs it. '.repeat(100));

    await refuses(
      path,
      `${path} is not a SQLite database, or is damaged. It was not changed; set DATABASE_PATH to another file.`,
    );
  });

  it('is rejected when it belongs to another program', async () => {
    const path = join(await folder(), 'other.db');
    const file = new DatabaseSync(path);
    file.exec('CREATE TABLE accounts (id INTEGER)');
    file.close();

    await refuses(
      path,
      `${path} is the database of another program. It was not changed; set DATABASE_PATH to another file.`,
    );
  });

  it('is rejected when a newer version wrote it', async () => {
    const path = await database();
    await openSqliteStore({ path }).close();
    const file = new DatabaseSync(path);
    file.exec('PRAGMA user_version = 999');
    file.close();

    await refuses(
      path,
      `${path} was migrated by a newer version of this package ` +
        `(schema 999; this version knows ${MIGRATIONS.length}). It was not changed; update the package.`,
    );
  });

  it('is rejected when it is a folder', async () => {
    const path = await folder();

    await refuses(
      path,
      `${path} cannot be opened: it is a folder. Correct that, or set DATABASE_PATH to another file.`,
    );
  });

  it.each(['', '/test.db'])('is rejected when it is a circle of symbolic links: %s', async (below) => {
    const path = join(await folder(), 'one');
    await symlink('two', path);
    await symlink('one', path.replace(/one$/, 'two'));

    const message =
      `${path}${below} leads through symbolic links that lead back to themselves. ` +
      'Set DATABASE_PATH to another file.\n';
    for (const words of [
      ['keys', 'list'],
      ['migrate', '--check'],
      ['keys', 'create', '-a', 'X', '--create-account'],
    ])
      expect(await commandIn({ DATABASE_PATH: path + below }, ...words)).toMatchObject({ code: 1, stderr: message });
  });

  it('is rejected when it is a symbolic link into a folder that does not exist', async () => {
    const path = join(await folder(), 'link');
    await symlink('/no/such/folder/test.db', path);

    expect(() => openSqliteStore({ path })).toThrow(
      `${path} cannot be opened: it is a symbolic link to /no/such/folder/test.db, which cannot be created.`,
    );
  });

  it('is rejected at once when it is in a new folder of /proc', () => {
    const path = '/proc/customer-organizations/test.db';
    // Other systems have no such folder, and a root that is read-only.
    const reason = process.platform === 'linux' ? 'cannot be created (ENOENT).' : 'is not writable.';

    expect(() => openSqliteStore({ path })).toThrow(`The folder of ${path} ${reason}`);
  });

  it('is rejected when its folder is a file', async () => {
    const file = join(await folder(), 'file');
    await writeFile(file, '');

    const { code, stderr } = await refusal(join(file, 'test.db'));

    expect(code).toBe(1);
    expect(stderr).toBe(`The folder of ${file}/test.db is a file. Set DATABASE_PATH to another file.\n`);
  });

  it('is rejected when its folder cannot be created', async () => {
    const path = join(await folder(), 'x'.repeat(300), 'test.db');

    expect(() => openSqliteStore({ path })).toThrow(
      `The folder of ${path} cannot be created (ENAMETOOLONG). Set DATABASE_PATH to another file.`,
    );
  });

  it('is rejected when its folder is not writable', async () => {
    const path = join(await unwritableFolder(), 'new', 'test.db');

    const stderr =
      `The folder of ${path} is not writable. ` +
      'Grant this user write access, or set DATABASE_PATH to another file.\n';
    expect(await refusal(path)).toEqual({ code: 1, stdout: '', stderr });
  });
});

/** Permissions do not stop root, as whom many a CI runs; but not even root makes a folder in sysfs. */
async function unwritableFolder(): Promise<string> {
  if (process.getuid?.() === 0) return '/sys';
  const path = await folder();
  await chmod(path, 0o500);
  onTestFinished(() => chmod(path, 0o700));
  return path;
}

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

describe('a device as DATABASE_PATH', () => {
  it('is refused at once when it is a pipe, which would wait for somebody who writes', async () => {
    const path = join(await folder(), 'pipe');
    await promisify(execFile)('mkfifo', [path]);

    const { code, stderr } = await serve({ DATABASE_PATH: path });

    expect({ code, stderr }).toEqual({ code: 1, stderr: `${path} is not a file. Set DATABASE_PATH to one.\n` });
  });

  it('is refused, and keeps its permissions', async () => {
    const before = (await stat('/dev/null')).mode;

    const { code, stderr } = await serve({ DATABASE_PATH: '/dev/null' });

    expect({ code, stderr }).toEqual({ code: 1, stderr: '/dev/null is not a file. Set DATABASE_PATH to one.\n' });
    expect((await stat('/dev/null')).mode).toBe(before);
  });
});

describe('the address that demo data are served on', () => {
  it.each(['0.0.0.0', '::'])('must not be %s, which others can reach', async (HOST) => {
    const path = await database();

    const { code, stderr } = await serve({ DATABASE_PATH: path, HOST });

    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`^HOST=${HOST.replaceAll('.', '[.]')} can be reached by other machines, but the demo .+\n$`),
    );
    const store = openSqliteStore({ path });
    onTestFinished(() => store.close());
    expect(await store.isEmpty()).toBe(true);
  });

  it('may be any for a database with keys of its own', async () => {
    const path = await database();
    const store = openSqliteStore({ path });
    await store.addAccount('Acme');
    await store.close();

    const server = start({ DATABASE_PATH: path, HOST: '0.0.0.0' });

    expect(await server.url).toMatch(/^http:/);
    expect(server.output()).toContain(`"store":"SQLite ${path}"`);
  });
});
