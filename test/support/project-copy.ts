// A copy of the project that a test may modify: its sources, with the installed packages linked.
import { execFile } from 'node:child_process';
import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './temporary-folder.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const SOURCES = ['openapi', 'generated', 'server', 'mock', 'package.json', 'tsconfig.json', 'redocly.yaml'];

/** Additional files, which the project's tests need. */
const FOR_TESTS = [
  'test',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'biome.json',
  'package-lock.json',
  '.gitignore',
  '.ci',
  '.github',
  '.editorconfig',
  '.node-version',
];

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface ProjectCopy extends AsyncDisposable {
  path: string;
  /** Runs Node in the copy; resolves whatever its exit code. */
  node(...args: string[]): Promise<Ran>;
  /** Replaces a text in a file of the copy. Rejects when the file does not have it. */
  edit(name: string, search: string | RegExp, change: (...found: string[]) => string): Promise<void>;
}

export async function copyProject({ withTests = false } = {}): Promise<ProjectCopy> {
  const folder = await temporaryFolder();
  for (const name of [...SOURCES, ...(withTests ? FOR_TESTS : [])])
    await cp(join(ROOT, name), join(folder.path, name), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(folder.path, 'node_modules'));
  return {
    path: folder.path,
    node: (...args) => runNode(args, { cwd: folder.path }),
    async edit(name, search, change) {
      const file = join(folder.path, name);
      const text = await readFile(file, 'utf8');
      const changed = text.replace(search, change);
      if (changed === text) throw new Error(`${name} has no ${search}.`);
      await writeFile(file, changed);
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** Runs this Node.js with the arguments. Resolves with exit code and output. */
export function runNode(args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv }): Promise<Ran> {
  return new Promise((settle) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      settle({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });
}
