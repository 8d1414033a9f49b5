// guardFiles: files of an open database that are deleted, replaced or moved.
import { copyFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { guardFiles } from '../../../../../server/store/sqlite/file/guards/replaced-files.ts';
import { StoreUnavailableError } from '../../../../../server/store/store-errors.ts';
import { temporaryFolder } from '../../../../support/temporary-folder.ts';

const SUFFIXES = ['', '-wal', '-shm'];

let folder: string;
let path: string;
beforeEach(async () => {
  const temporary = await temporaryFolder();
  onTestFinished(() => temporary[Symbol.asyncDispose]());
  folder = join(temporary.path, 'data');
  mkdirSync(folder);
  path = join(folder, 'a.db');
  for (const suffix of SUFFIXES) writeFileSync(path + suffix, '');
});

/** The time after the last change from which the folder alone shows whether there was another change. */
const later = () => Date.now() + 60_000;

describe.each([
  ['just changed', Date.now],
  ['at rest', later],
])('guardFiles in a folder %s', (_, now) => {
  it('ignores other files', () => {
    const check = guardFiles(path, now);
    check();
    writeFileSync(join(folder, 'other'), '');
    check();
    rmSync(join(folder, 'other'));

    expect(check).not.toThrow();
  });

  it.each(SUFFIXES)('throws while a.db%s is deleted', (suffix) => {
    const check = guardFiles(path, now);
    check();
    renameSync(path + suffix, join(folder, 'away'));

    for (let count = 0; count < 3; count++) {
      expect(check).toThrow(StoreUnavailableError);
      expect(check).toThrow(`a.db${suffix} was deleted or replaced`);
    }
    renameSync(join(folder, 'away'), path + suffix);
    expect(check).not.toThrow();
  });

  it.each(SUFFIXES)('throws when a.db%s is replaced', (suffix) => {
    const check = guardFiles(path, now);
    check();
    copyFileSync(path + suffix, join(folder, 'copy'));
    check();
    renameSync(join(folder, 'copy'), path + suffix);

    expect(check).toThrow(`a.db${suffix} was deleted or replaced`);
  });

  it('throws when the folder is moved or replaced', () => {
    const check = guardFiles(path, now);
    check();
    renameSync(folder, `${folder}-moved`);

    expect(check).toThrow('a.db was deleted or replaced');
    mkdirSync(folder);
    for (const suffix of SUFFIXES) writeFileSync(path + suffix, '');
    expect(check).toThrow('a.db was deleted or replaced');
  });

  it.each(SUFFIXES)('guards the target of a link: a.db%s', (suffix) => {
    const link = join(folder, '..', 'link.db');
    symlinkSync(path, link);
    const check = guardFiles(link, now);
    check();
    rmSync(path + suffix);

    expect(check).toThrow(`a.db${suffix} was deleted or replaced`);
  });
});
