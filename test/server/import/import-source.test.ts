// Sources of imports: files that cannot be read, and named pipes.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { toSourceError } from '../../../server/import/source.ts';
import { SourceError } from '../../../server/import/source-error.ts';
import { A, importFixture } from '../../support/import-fixture.ts';
import { command, ended, spawnCommand } from '../../support/process/command.ts';
import { ROOT } from '../../support/project-copy.ts';

async function sourceFixture() {
  const fixture = await importFixture();
  const folder = dirname(fixture.path);
  const importPath = (path: string) =>
    command(fixture.path, 'customers', 'import', path, '--format', 'csv', '--account', 'Acme');
  return { ...fixture, folder, importPath };
}

describe('customers import of a source that cannot be read', () => {
  it.each([
    ['nowhere.csv', /^There is no file .*nowhere\.csv\.$/],
    ['file/a.csv', /^There is no file .*a\.csv: part of the path is not a folder\.$/],
    ['folder', /folder is a folder, not a file or a pipe\.$/],
    ['loop', /loop is a symbolic link that leads back to itself, or too long a chain of links\.$/],
    ['dangling', /^There is no file .*dangling\.$/],
    ['x'.repeat(300), /^The name .*x is too long for the file system\.$/],
    ['/dev/null', /^\/dev\/null is a device, not a file or a pipe\.$/],
    ['socket', /socket is a socket or a device without a driver, not a file or a pipe\.$/],
  ])('exits with 1 and one line: %s', async (name, pattern) => {
    const { folder, importPath } = await sourceFixture();
    writeFileSync(join(folder, 'file'), '');
    mkdirSync(join(folder, 'folder'));
    symlinkSync('loop', join(folder, 'loop'));
    symlinkSync('nowhere', join(folder, 'dangling'));
    const listening = createServer().listen(join(folder, 'socket'));
    onTestFinished(() => void listening.close());

    const { code, stdout, stderr } = await importPath(name.startsWith('/') ? name : join(folder, name));

    expect(stderr.split('\n')).toEqual([expect.stringMatching(pattern), '']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  it('exits with 1 and one line when standard input is a folder', async () => {
    const { path, folder } = await sourceFixture();
    const input = openSync(folder, 'r');
    onTestFinished(() => closeSync(input));
    const [, ...program] = manifest.scripts.server.split(' ');
    const argv = [...program, 'customers', 'import', '-', '--format', 'csv', '--account', 'Acme'];

    const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
      cwd: ROOT,
      env: { PATH: process.env.PATH, DATABASE_PATH: path },
      stdio: [input, 'pipe', 'pipe'],
      encoding: 'utf8',
    });

    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: '',
      stderr: 'Standard input is a folder, not a file or a pipe.\n',
    });
  });

  it.each([
    ['EACCES', 'This user may not read a.csv.'],
    ['EPERM', 'This user may not read a.csv.'],
    ['EIO', 'a.csv cannot be read (EIO).'],
  ])('describes %s in one line', (code, message) => {
    const cause = Object.assign(new Error(`${code}: reason, read`), { code, syscall: 'read' });

    expect(toSourceError(cause, 'a.csv')).toEqual(new SourceError(message, { cause }));
  });
});

describe('customers import from a named pipe', () => {
  it('waits for a writer and imports what it writes', async () => {
    const { folder, importPath, customers } = await sourceFixture();
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);

    const importing = importPath(pipe);
    const writing = writeFile(pipe, `id,name\n${A},One\n`);

    await writing;
    expect(await importing).toMatchObject({ code: 0, stdout: expect.stringContaining('1 new') });
    expect(customers()).toEqual({ [A]: 'One' });
  });

  it.each([
    ['SIGTERM', 'has no writer'],
    ['SIGINT', 'has no writer'],
    ['SIGTERM', 'has a silent writer'],
  ] as const)('exits at the first %s while the pipe %s', async (signal, state) => {
    const { path, folder, customers } = await sourceFixture();
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const options = ['--format', 'csv', '--account', 'Acme'];
    const child = spawnCommand({ DATABASE_PATH: path }, 'customers', 'import', pipe, ...options);
    onTestFinished(() => void child.kill('SIGKILL'));
    const end = ended(child);
    await expect.poll(() => openFiles(child.pid), { timeout: 20_000 }).toContain(pipe);
    if (state === 'has a silent writer') {
      const writer = openSync(pipe, 'w');
      onTestFinished(() => closeSync(writer));
      writeSync(writer, `id,name\n${A},One\n`);
    }

    child.kill(signal);

    expect(await end).toEqual({ code: 1, stdout: '', stderr: `Stopped by ${signal}; nothing was changed.\n` });
    expect(customers()).toEqual({});
  });
});

/** Paths of the files that a process has open. */
function openFiles(pid: number | undefined): string[] {
  if (process.platform !== 'linux')
    return execFileSync('lsof', ['-Fn', '-p', `${pid}`])
      .toString()
      .split(/\nn?/);
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return []; // The file was closed meanwhile.
    }
  });
}
