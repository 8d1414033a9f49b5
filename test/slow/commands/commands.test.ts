// The arguments of the scripts in openapi/, in a copy of the project: help and mistakes write nothing.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { copyProject, type ProjectCopy } from '../../support/project-copy.ts';

let project: ProjectCopy;
beforeAll(async () => {
  project = await copyProject({ withTests: true });
});
afterAll(() => project[Symbol.asyncDispose]());

/** Every file of the copy, with the time when it was written. */
async function listFiles(): Promise<string[]> {
  const files = await readdir(project.path, { recursive: true, withFileTypes: true });
  const lines = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    return `${path} ${(await stat(path)).mtimeMs}`;
  });
  return (await Promise.all(lines)).sort();
}

describe.each(['generate', 'docs', 'build', 'pack', 'breaking-changes', 'release', 'dev', 'mutate', 'bench'] as const)(
  'npm run %s',
  (script) => {
    const run = (...args: string[]) => project.node(...manifest.scripts[script].split(' ').slice(1), ...args);

    it.each(['--help', '-h'])('prints its options, exits with 0 and writes nothing with %s', async (flag) => {
      const before = await listFiles();

      const ran = await run(flag);

      expect(ran).toMatchObject({ code: 0, stderr: '' });
      expect(ran.stdout).toMatch(new RegExp(`^Usage: npm run ${script} -- \\[options\\]( \\[[\\w.]+\\])*\n`));
      expect(await listFiles()).toEqual(before);
    });

    it('suggests the nearest option, exits with 2 and writes nothing with an unknown one', async () => {
      const before = await listFiles();

      const ran = await run('--hlep');

      expect(ran).toEqual({
        code: 2,
        stdout: '',
        stderr: "error: unknown option '--hlep'\n(Did you mean --help?)\n",
      });
      expect(await listFiles()).toEqual(before);
    });

    it('exits with 2 and writes nothing with arguments that it does not take', async () => {
      const before = await listFiles();

      const ran = await run('everything', 'else');

      expect(ran).toMatchObject({ code: 2, stdout: '' });
      expect(ran.stderr).toMatch(/^error: (too many arguments|'everything' is not valid as <)/);
      expect(await listFiles()).toEqual(before);
    });
  },
);

describe('npm run release', () => {
  it.each([
    [['--yes'], "error: unknown option '--yes'\n(Use --write)\n"],
    [['--dry'], "error: unknown option '--dry'\n(Use --dry-run)\n"],
    [['1.2'], "error: '1.2' is not valid as <version>. Use a version such as 1.2.0.\n"],
    [['--write', '--dry-run'], "error: option '--dry-run' cannot be used with option '--write'\n"],
  ])('exits with 2 and writes nothing with %j', async (args, stderr) => {
    const before = await listFiles();

    const ran = await project.node(...manifest.scripts.release.split(' ').slice(1), ...args);

    expect(ran).toEqual({ code: 2, stdout: '', stderr });
    expect(await listFiles()).toEqual(before);
  });

  it('writes nothing without arguments, and says how to release', async () => {
    const before = await listFiles();

    const ran = await project.node(...manifest.scripts.release.split(' ').slice(1));

    expect(ran.code).toBe(0);
    // The copy is no git repository, which matters for releases.
    expect(ran.stderr).toMatch(/^(The released versions cannot be compared with their past\. .*\n)?$/);
    expect(ran.stdout).toMatch(
      /^(Nothing is written\. With `npm run release -- --write`:|The contract has not changed)/,
    );
    expect(await listFiles()).toEqual(before);
  });
});

describe('npm run generate', () => {
  it('suggests --check for --chek', async () => {
    const ran = await project.node(...manifest.scripts.generate.split(' ').slice(1), '--chek');

    expect(ran.stderr).toContain('(Did you mean --check?)');
  });
});

describe('an option that npm took as its own, because the two hyphens are missing', () => {
  it.each([
    ['release', '--dry-run', 'npm_config_dry_run'],
    ['generate', '--check', 'npm_config_check'],
  ] as const)('npm run %s %s exits with 2, says so and writes nothing', async (script, flag, variable) => {
    const before = await listFiles();
    process.env[variable] = 'true';
    onTestFinished(() => void delete process.env[variable]);

    const { code, stderr } = await project.node(...manifest.scripts[script].split(' ').slice(1));

    expect(code).toBe(2);
    expect(stderr).toContain(`Write it behind two hyphens: npm run ${script} -- ${flag}`);
    expect(await listFiles()).toEqual(before);
  });
});
