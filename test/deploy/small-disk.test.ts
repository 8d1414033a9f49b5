// The server and its commands on a real disk that is too small: a tmpfs in a mount namespace of its own.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startServer } from '../support/fixtures.ts';
import { exchange } from '../support/http/http.ts';
import { ended, said, spawnCommand } from '../support/process/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runTool } from './run-tool.ts';

const DISK_MIB = 24;
const OWNER = '00000000-0000-4000-8000-000000000000';

/** A small disk, whose files are only visible to programs that `node`, `sh` or `command` starts. */
async function mountSmallDisk() {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const script = `mount -t tmpfs -o size=${DISK_MIB}m tmpfs '${folder.path}' && echo mounted && exec sleep 600`;
  const holder = spawn('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', script]);
  const end = once(holder, 'close');
  onTestFinished(async () => {
    holder.kill('SIGKILL');
    await end;
  });
  await said(holder.stdout, /mounted/);
  const enter = ['--target', String(holder.pid), '--user', '--mount', '--preserve-credentials'];
  const programs = await temporaryFolder();
  onTestFinished(() => programs[Symbol.asyncDispose]());
  const node = join(programs.path, 'node');
  await writeFile(node, `#!/bin/sh\nexec nsenter ${enter.join(' ')} --wd="$PWD" '${process.execPath}' "$@"\n`);
  await chmod(node, 0o700);
  const path = join(folder.path, 'x.db');
  return {
    folder: folder.path,
    path,
    node,
    sh: async (text: string) => (await runTool('nsenter', [...enter, 'sh', '-c', text])).stdout,
    command: (...argv: string[]) => ended(spawnCommand({ NODE: node, DATABASE_PATH: path }, ...argv)),
  };
}

/** A CSV file with this number of customers, of about 50 bytes each. */
async function writeCustomers(count: number): Promise<string> {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const file = join(folder.path, 'customers.csv');
  const idOf = (at: number) => `${at.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
  const lines = Array.from({ length: count }, (_, at) => `${idOf(at)},Customer ${at}\n`);
  await writeFile(file, ['id,name\n', ...lines].join(''));
  return file;
}

async function startOnSmallDisk() {
  const disk = await mountSmallDisk();
  const created = await disk.command('keys', 'create', '--account', 'Acme', '--create-account', '--json');
  const { clientId, clientSecret } = JSON.parse(created.stdout);
  const [one, many] = [await writeCustomers(1), await writeCustomers(400_000)];
  await disk.command('customers', 'import', one, '--account', 'Acme');
  const server = startServer({ DATABASE_PATH: disk.path, NODE_ENV: 'production' }, { node: disk.node });
  const url = await server.url;
  const create = async () => {
    const headers = {
      authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    };
    const body = JSON.stringify({ ownerId: OWNER, memberIds: [OWNER] });
    return (await exchange(url, { method: 'POST', path: '/api/customer-organizations', headers, body })).status;
  };
  const ready = async () => (await exchange(url, { method: 'GET', path: '/readyz' })).body;
  const stored = async () => {
    const { stdout } = await disk.command('accounts', 'list', '--json');
    return { customers: JSON.parse(stdout).customers, log: await disk.sh(`stat -c %s '${disk.path}-wal'`) };
  };
  return { ...disk, create, ready, stored, many };
}

it('serves as before after an import that does not fit on the disk', async () => {
  const { command, create, ready, stored, many } = await startOnSmallDisk();

  const ran = await command('customers', 'import', many, '--account', 'Acme');

  expect(ran).toMatchObject({ code: 1, stdout: '' });
  expect(ran.stderr).toMatch(/The import does not fit on the disk of .*x\.db: .*\. Nothing was changed\. Free some/);
  expect([await ready(), await create()]).toEqual([{ status: 'ready' }, 201]);
  await vi.waitFor(async () => expect(await stored()).toEqual({ customers: 1, log: '0\n' }), { timeout: 20_000 });
  const again = await command('customers', 'import', await writeCustomers(20_000), '--account', 'Acme');
  expect(again.code, again.stderr).toBe(0);
});

it('becomes ready by itself after another program filled the disk during an import', async () => {
  const { command, create, ready, stored, many, sh, folder } = await startOnSmallDisk();
  const importing = command('customers', 'import', many, '--account', 'Acme');
  await vi.waitUntil(async () => Number(await sh(`stat -c %s '${folder}/x.db'`)) > 3 * 1_048_576, { timeout: 60_000 });

  await sh(`cat /dev/zero > '${folder}/other'`);
  expect((await importing).code).toBe(1);
  await sh(`rm '${folder}/other'`);

  await vi.waitFor(async () => expect(await ready()).toEqual({ status: 'ready' }), { timeout: 10_000 });
  expect(await create()).toBe(201);
  await vi.waitFor(async () => expect(await stored()).toEqual({ customers: 1, log: '0\n' }), { timeout: 20_000 });
});

it.each(['migrate', 'serve'])('%s leaves nothing behind on a full disk', async (name) => {
  const { command, sh, folder, node } = await mountSmallDisk();
  await sh(`cat /dev/zero > '${folder}/other'`);

  // The room ranges from no byte to almost enough for the schema.
  for (const kib of [0, 4, 8, 16, 32, 48, 64, 80]) {
    await sh(`truncate --size=$((${DISK_MIB} * 1024 - ${kib}))K '${folder}/other'`);
    const settings = { NODE: node, DATABASE_PATH: join(folder, 'a/b/c.db'), PORT: '0' };
    const ran = await ended(spawnCommand(settings, name));

    expect(ran.stderr).toMatch(/c\.db cannot be written: the disk is full or broken\.\n$/);
    expect([ran.code, await sh(`ls '${folder}'`)]).toEqual([1, 'other\n']);
  }
  expect((await command('migrate')).code).toBe(1);
});

it('is ready only while a create succeeds when the disk is almost full, and again when it has room', async () => {
  const { create, ready, sh, folder, path } = await startOnSmallDisk();
  const READY = { status: 'ready' };
  // A check is reused for a second.
  const nextCheck = () => new Promise((resolve) => setTimeout(resolve, 1100));
  const states: string[] = [];

  // A create with an idempotency key writes five pages of 4 KiB or more.
  for (const kib of [0, 8, 16, 24, 40]) {
    // The space of the log is freed when the server is idle.
    await vi.waitFor(async () => expect(await sh(`stat -c %s '${path}-wal'`)).toBe('0\n'), { timeout: 20_000 });
    await sh(`cat /dev/zero > '${folder}/other' || truncate --size=-${kib}K '${folder}/other'`);
    for (let round = 0; round < 2; round++) {
      await nextCheck();
      const isReady = JSON.stringify(await ready()) === JSON.stringify(READY);
      states.push(`${kib} KiB left: ${isReady ? 'ready' : 'not ready'}, create ${await create()}`);
    }
    await sh(`rm '${folder}/other'`);
    await nextCheck();
    expect([await ready(), await create()]).toEqual([READY, 201]);
  }

  expect(states.filter((state) => state.includes(': ready, create 503'))).toEqual([]);
  expect(states).toContain('0 KiB left: not ready, create 503');
}, 120_000);

it('a file system that is read-only is named by each command', async () => {
  const disk = await mountSmallDisk();
  await disk.command('keys', 'create', '--account', 'Acme', '--create-account');
  await disk.sh(`mount -o remount,ro '${disk.folder}'`);

  const message = (path: string, other: string) =>
    `The file system of ${path} is read-only. Mount it writable, or ${other}.\n`;
  for (const argv of [['keys', 'list'], ['migrate', '--check'], ['migrate']])
    expect(await disk.command(...argv)).toEqual({
      code: 1,
      stdout: '',
      stderr: message(disk.path, 'set DATABASE_PATH to another file'),
    });
  const copy = `${disk.folder}/copy.db`;
  const rejected = { code: 1, stdout: '', stderr: message(copy, 'name another file') };
  expect(await disk.command('backup', copy)).toEqual(rejected);
});

it('a file system that is read-only is named by each command after an unclean end too', async () => {
  const disk = await mountSmallDisk();
  await disk.command('keys', 'create', '--account', 'Acme', '--create-account');
  const server = startServer({ DATABASE_PATH: disk.path, NODE_ENV: 'production' }, { node: disk.node });
  await server.url;
  server.child.kill('SIGKILL');
  await server.ended;
  expect(await disk.sh(`ls '${disk.folder}'`)).toBe('x.db\nx.db-serve\nx.db-shm\nx.db-wal\n');
  await disk.sh(`mount -o remount,ro '${disk.folder}'`);

  const advice = 'Mount it writable, or set DATABASE_PATH to another file.';
  const message = `The file system of ${disk.path} is read-only. ${advice}`;
  for (const argv of [['serve'], ['keys', 'list'], ['accounts', 'list'], ['events', 'export']])
    expect(await disk.command(...argv)).toEqual({ code: 1, stdout: '', stderr: `${message}\n` });
  const { stderr } = await disk.command('keys', 'list', '--json');
  expect(JSON.parse(stderr)).toEqual({ error: { type: 'failure', message } });
});
