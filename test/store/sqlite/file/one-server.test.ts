// A SQLite file has one server process at a time, beside which commands can use it.
import { existsSync, linkSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSqliteStore } from '../../../../server/store/sqlite/store.ts';
import { closeOnce, databasePath } from '../../../support/fixtures.ts';
import { command, createKey } from '../../../support/process/command.ts';

function serve(path: string) {
  const store = openSqliteStore({ path, onWarning: () => {} });
  const close = closeOnce(store);
  onTestFinished(close);
  return { store, close };
}

describe('a file that a server has open', () => {
  it('rejects a second server, and accepts one after the first has ended', async () => {
    const path = await databasePath();
    const first = serve(path);

    const error = expect.objectContaining({
      name: 'StoreOpenError',
      message: expect.stringMatching(/is served by another process\. SQLite is for one server: end that one, or use/),
      // The first may be about to end, as in a restart.
      mayPass: true,
    });
    expect(() => serve(path)).toThrow(error);
    await first.store.check();
    const files = readdirSync(dirname(path)).sort();
    expect(files).toEqual(['', '-serve', '-shm', '-wal'].map((ending) => `${basename(path)}${ending}`));
    await first.close();
    const second = serve(path);

    await second.store.check();
    await second.close();
    expect([existsSync(`${path}-serve`), existsSync(`${path}-wal`)]).toEqual([false, false]);
  });

  it('rejects a second server that opens it by another name: a hard link', async () => {
    const path = await databasePath();
    const { store, close } = serve(path);
    const other = join(dirname(path), 'other.db');
    linkSync(path, other);

    const error = { name: 'StoreOpenError', message: expect.stringMatching(/other\.db has 2 names \(hard links\)\. /) };
    expect(() => serve(other)).toThrow(expect.objectContaining(error));
    await store.check();

    rmSync(other);
    await close();
    await serve(path).store.check();
  });

  it('is used by all commands beside it', async () => {
    const path = await databasePath();
    serve(path);

    await createKey(path, 'Acme');

    for (const argv of [['accounts', 'list'], ['migrate', '--check'], ['migrate'], ['backup', `${path}.copy`]])
      expect(await command(path, ...argv)).toMatchObject({ code: 0, stderr: '' });
    expect((await command(`${path}.new`, 'restore', `${path}.copy`)).code).toBe(0);
  });
});
