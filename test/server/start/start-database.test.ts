// SQLite files that keep `npm start` from serving.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { chmod, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from '../../../server/store/sqlite/store.ts';
import { commandIn, type Ended } from '../../support/process/command.ts';
import { database, folder, serve } from './start-fixture.ts';

const MIGRATIONS = readdirSync(new URL('../../../server/store/sqlite/schema/migrations', import.meta.url));

/** Runs `serve` in this process, on an unusable database, and expects one line of output. */
async function rejection(path: string): Promise<Ended> {
  return serve({ DATABASE_PATH: path });
}

/** Expects an unchanged file, too. */
async function rejects(path: string, line: string): Promise<void> {
  const digest = async () =>
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  const before = (await stat(path)).isFile() ? await digest() : undefined;

  const rejected = await rejection(path);

  expect(rejected).toEqual({ code: 1, stdout: '', stderr: `${line}\n` });
  if (before !== undefined) expect(await digest()).toBe(before);
}

describe('a database that cannot be used', () => {
  it('is rejected when it is no database', async () => {
    const path = join(await folder(), 'notes.txt');
    await writeFile(path, 'Not a database, but somebody needs it. '.repeat(100));

    await rejects(
      path,
      `${path} is not a SQLite database, or is damaged. It was not changed; set DATABASE_PATH to another file.`,
    );
  });

  it('is rejected when it belongs to another program', async () => {
    const path = join(await folder(), 'other.db');
    const file = new DatabaseSync(path);
    file.exec('CREATE TABLE accounts (id INTEGER)');
    file.close();

    await rejects(
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

    await rejects(
      path,
      `${path} was migrated by a newer version of this package ` +
        `(schema 999; this version knows ${MIGRATIONS.length}). It was not changed; update the package.`,
    );
  });

  it('is rejected when it is a folder', async () => {
    const path = await folder();

    await rejects(
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
    // Other systems have no such folder, or a read-only root.
    const linux = `The folder of ${path} cannot be created (ENOENT).`;
    const reason = process.platform === 'linux' ? linux : `The file system of ${path} is read-only.`;

    expect(() => openSqliteStore({ path })).toThrow(reason);
  });

  it('is rejected when its folder is a file', async () => {
    const file = join(await folder(), 'file');
    await writeFile(file, '');

    const { code, stderr } = await rejection(join(file, 'test.db'));

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
    // In a container, /sys is read-only.
    const advice = 'Mount it writable, or set DATABASE_PATH to another file.';
    const readOnly = `The file system of ${path} is read-only. ${advice}\n`;
    const ran = await rejection(path);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect([stderr, readOnly]).toContain(ran.stderr);
  });
});

/** Permissions do not stop root, the user of many CI systems, but not even root can create a folder in sysfs. */
async function unwritableFolder(): Promise<string> {
  if (process.getuid?.() === 0) return '/sys';
  const path = await folder();
  await chmod(path, 0o500);
  onTestFinished(() => chmod(path, 0o700));
  return path;
}

describe('a device as DATABASE_PATH', () => {
  it('is rejected at once when it is a pipe, which would wait for a writer', async () => {
    const path = join(await folder(), 'pipe');
    await promisify(execFile)('mkfifo', [path]);

    const { code, stderr } = await serve({ DATABASE_PATH: path });

    expect({ code, stderr }).toEqual({ code: 1, stderr: `${path} is not a file. Set DATABASE_PATH to one.\n` });
  });

  it('is rejected, and keeps its permissions', async () => {
    const before = (await stat('/dev/null')).mode;

    const { code, stderr } = await serve({ DATABASE_PATH: '/dev/null' });

    expect({ code, stderr }).toEqual({ code: 1, stderr: '/dev/null is not a file. Set DATABASE_PATH to one.\n' });
    expect((await stat('/dev/null')).mode).toBe(before);
  });
});
