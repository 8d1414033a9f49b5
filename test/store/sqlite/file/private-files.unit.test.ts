// Permissions of a SQLite file, its log, its index and its folder.
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../../../server/store/sqlite/file/open.ts';
import { openSqliteStore } from '../../../../server/store/sqlite/store.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const SUFFIXES = ['', '-wal', '-shm'];

const modeOf = (path: string) => statSync(path).mode & 0o777;

let root: string;
beforeEach(async () => {
  const temporary = await temporaryFolder();
  onTestFinished(() => temporary[Symbol.asyncDispose]());
  root = temporary.path;
});

function open(path: string, umask = 0o022): void {
  const before = process.umask(umask);
  try {
    const store = openSqliteStore({ path });
    onTestFinished(() => store.close());
  } finally {
    process.umask(before);
  }
}

describe('opening a new database', () => {
  const invalid = [{ version: 1, name: '0001.sql', oldestCode: 1, sql: 'CREATE TABLE one (n); invalid' }];

  it('leaves neither file nor folder behind when it fails', () => {
    expect(() => openDatabase(join(root, 'a', 'b', 'c.db'), { migrations: invalid })).toThrow();

    expect(readdirSync(root)).toEqual([]);
  });

  it('leaves what was there before when it fails', () => {
    mkdirSync(join(root, 'a'));
    writeFileSync(join(root, 'a', 'c.db'), '');

    expect(() => openDatabase(join(root, 'a', 'c.db'), { migrations: invalid })).toThrow();

    expect(readdirSync(join(root, 'a'))).toEqual(['c.db']);
  });

  it.each([0o000, 0o022, 0o077, 0o277, 0o777])('creates private files and folders with umask %o', (umask) => {
    const path = join(root, 'a', 'b', 'c.db');
    open(path, umask);

    expect(SUFFIXES.map((suffix) => modeOf(path + suffix))).toEqual([0o600, 0o600, 0o600]);
    expect([modeOf(join(root, 'a')), modeOf(join(root, 'a', 'b'))]).toEqual([0o700, 0o700]);
  });

  it('creates private files at the target of a link', () => {
    const path = join(root, 'link.db');
    symlinkSync('target.db', path);

    open(path, 0);

    expect(SUFFIXES.map((suffix) => modeOf(join(root, 'target.db') + suffix))).toEqual([0o600, 0o600, 0o600]);
  });

  it('keeps the mode of an existing folder', () => {
    chmodSync(root, 0o755);

    open(join(root, 'a.db'));

    expect(modeOf(root)).toBe(0o755);
  });
});

describe('opening an existing database', () => {
  it('makes its files private', () => {
    const path = join(root, 'a.db');
    open(path);
    for (const suffix of SUFFIXES) chmodSync(path + suffix, 0o664);

    open(path);

    expect(SUFFIXES.map((suffix) => modeOf(path + suffix))).toEqual([0o600, 0o600, 0o600]);
  });

  it('keeps the mode of a database of another program', () => {
    const path = join(root, 'a.db');
    writeFileSync(path, '');
    chmodSync(path, 0o644);
    using database = new DatabaseSync(path);
    database.exec('CREATE TABLE other (id INTEGER)');

    expect(() => open(path)).toThrow('is the database of another program');
    expect(modeOf(path)).toBe(0o644);
  });
});
