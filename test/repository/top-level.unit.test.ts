// The top level of the repository: nothing is committed there by accident.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ROOT } from '../support/project-copy.ts';

const FOLDERS = ['generated', 'mock', 'openapi', 'server', 'test'];
const FILES = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'biome.json',
  'package-lock.json',
  'package.json',
  'redocly.yaml',
  'tsconfig.json',
];
const BUILT = ['coverage', 'data', 'dist', 'node_modules'];

/** Files of the top level that git does not ignore; in a copy without a repository, all files. */
function listTopLevel(): string[] {
  try {
    const paths = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return [
      ...new Set(
        paths
          .trim()
          .split('\n')
          .map((path) => path.split('/', 1)[0] ?? ''),
      ),
    ];
  } catch {
    return readdirSync(ROOT).filter((name) => !BUILT.includes(name) && !name.startsWith('data.db'));
  }
}

it('has no files and folders at the top level but the listed ones and dotfiles', () => {
  const names = listTopLevel().filter((name) => name !== '' && !name.startsWith('.'));

  expect(names.sort()).toEqual([...FOLDERS, ...FILES].sort());
});
