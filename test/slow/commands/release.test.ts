// `npm run release`, in a copy of the project. Each test starts several processes.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { copyProject, ROOT } from '../../support/project-copy.ts';

const MANIFESTS = [
  'package.json',
  'server/package.json',
  'mock/package.json',
  'test/conformance/package.json',
  'package-lock.json',
];
/** The error about the copy, which is no git repository. */
const NO_HISTORY = expect.stringMatching(/^The released versions cannot be compared with their past\..*\n$/);
const RELEASED = join(ROOT, 'openapi/versions/2024-07-30.yaml');

/** The newest section of the changelog. The contract may have other changes since its last release. */
const NEWEST =
  /^## Contract 2024-07-30, released on [\d-]{10}\n\n(- .*\n)*- .*`maxItems` of `memberIds` changed.*(\n- .*)*$/;

describe('npm run release', () => {
  const script = 'openapi/tooling/release.ts';

  it('changes nothing when the contract has not changed', async () => {
    await using project = await copyProject();
    await writeFile(join(project.path, 'openapi/openapi.yaml'), await readFile(RELEASED));
    await project.node('openapi/generator/generate.ts');

    const ran = await project.node(script, '--write');

    expect(ran).toEqual({
      code: 0,
      stdout: 'The contract has not changed since the last release.\n',
      stderr: NO_HISTORY,
    });
  });

  it('records a compatible change once, above older entries', async () => {
    await using project = await copyProject();
    const current = join(project.path, 'openapi/openapi.yaml');
    const released = join(project.path, 'openapi/versions/2024-07-30.yaml');
    const changelog = join(project.path, 'CHANGELOG.md');
    const text = (await readFile(current, 'utf8')).replace('maxItems: 10000', 'maxItems: 20000');
    await writeFile(current, text);
    await writeFile(changelog, '# Changelog\n\n## Before\n\n- Something.\n');
    expect((await project.node('openapi/generator/generate.ts')).code).toBe(0);

    const ran = await project.node(script, '--write');

    expect(ran).toMatchObject({ code: 0, stderr: NO_HISTORY });
    expect(await readFile(released, 'utf8')).toBe(text);
    const sections = (await readFile(changelog, 'utf8')).split(/\n\n(?=## )/);
    expect(sections).toEqual(['# Changelog', expect.stringMatching(NEWEST), '## Before\n\n- Something.\n']);
    expect((await project.node(script, '--write')).stdout).toContain('has not changed');
  });

  it('gives a new version to all packages and to the unreleased changes', async () => {
    await using project = await copyProject({ withTests: true });
    const read = (path: string) => readFile(join(project.path, path), 'utf8');
    const version = async (path: string) => JSON.parse(await read(path)).version;
    await writeFile(join(project.path, 'openapi/openapi.yaml'), await readFile(RELEASED));
    await project.node('openapi/generator/generate.ts');
    await writeFile(join(project.path, 'CHANGELOG.md'), '# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.0.1\n');
    const before = await Promise.all([...MANIFESTS, 'CHANGELOG.md'].map(read));

    const dry = await project.node(script, '9.8.7', '--dry-run');
    const shown = await project.node(script, '9.8.7');
    const unchanged = await Promise.all([...MANIFESTS, 'CHANGELOG.md'].map(read));
    const ran = await project.node(script, '9.8.7', '--write');

    expect(dry).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^Nothing is written\. With `npm run release -- 9\.8\.7 --write`:\n[\s\S]*The packages have version 9\.8\.7\./,
      ),
    });
    expect(shown).toEqual(dry);
    expect(unchanged).toEqual(before);
    expect(ran).toMatchObject({
      code: 0,
      stderr: NO_HISTORY,
      stdout: expect.stringContaining('push the tag v9.8.7'),
    });
    expect(await Promise.all(MANIFESTS.map(version))).toEqual(MANIFESTS.map(() => '9.8.7'));
    expect(await read('CHANGELOG.md')).toMatch(
      /^# Changelog\n\n## Unreleased\n\n## 9\.8\.7, released on [\d-]{10}\n\n- New\.\n\n## 0\.0\.1\n$/,
    );
    for (const [index, path] of MANIFESTS.entries())
      expect((await read(path)).replaceAll('9.8.7', manifest.version)).toBe(before[index]);
    expect(await project.node(script, '9.8.7', '--write')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        '9.8.7 is not a version after 9.8.7, which the packages have.\nNothing was released.\n',
      ),
    });
  });

  it('records the contract below the unreleased changes, and nothing in a dry run', async () => {
    await using project = await copyProject();
    const current = join(project.path, 'openapi/openapi.yaml');
    const changelog = join(project.path, 'CHANGELOG.md');
    await writeFile(current, (await readFile(current, 'utf8')).replace('maxItems: 10000', 'maxItems: 20000'));
    const before = '# Changelog\n\n## Unreleased\n\n- New.\n\n## Before\n\n- Something.\n';
    await writeFile(changelog, before);
    await project.node('openapi/generator/generate.ts');

    const dry = await project.node(script);

    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('`maxItems` of `memberIds` changed') });
    expect(await readFile(changelog, 'utf8')).toBe(before);
    expect(await readFile(join(project.path, 'openapi/versions/2024-07-30.yaml'), 'utf8')).toBe(
      await readFile(RELEASED, 'utf8'),
    );
    expect((await project.node(script, '--write')).code).toBe(0);
    expect((await readFile(changelog, 'utf8')).split(/\n\n(?=## )/)).toEqual([
      '# Changelog',
      '## Unreleased\n\n- New.',
      expect.stringMatching(NEWEST),
      '## Before\n\n- Something.\n',
    ]);
  });

  it('exits with 1 and writes nothing for stale files, a breaking change or a version that is not live', async () => {
    await using project = await copyProject();
    const current = join(project.path, 'openapi/openapi.yaml');
    await writeFile(current, (await readFile(current, 'utf8')).replace('maxItems: 10000', 'maxItems: 9999'));
    const before = await readFile(join(project.path, 'openapi/versions/2024-07-30.yaml'), 'utf8');

    const stale = await project.node(script, '--write');
    await project.node('openapi/generator/generate.ts');
    const breaking = await project.node(script, '--write');
    const announced = (await readFile(current, 'utf8')).replace(
      'enum: ["2024-07-30"]',
      'enum: ["2024-07-30", "2027-01-31"]',
    );
    await writeFile(current, announced);
    await project.node('openapi/generator/generate.ts');
    const wrongVersion = await project.node(script, '--write');

    expect(stale).toMatchObject({ code: 1, stderr: expect.stringContaining('npm run generate') });
    expect(breaking).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/breaks clients[\s\S]*maxItems[\s\S]*Nothing was released\./),
    });
    expect(wrongVersion).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/enum: The live versions are 2024-07-30: .*\nNothing was released\.\n$/),
    });
    expect(await readFile(join(project.path, 'openapi/versions/2024-07-30.yaml'), 'utf8')).toBe(before);
  });

  it('gives packages no version with stale files or a broken released version, the contract unchanged', async () => {
    await using project = await copyProject({ withTests: true });
    const git = (...args: string[]) =>
      promisify(execFile)('git', ['-c', 'user.name=Tests', '-c', 'user.email=tests@example.com', ...args], {
        cwd: project.path,
      });
    const current = join(project.path, 'openapi/openapi.yaml');
    const released = join(project.path, 'openapi/versions/2024-07-30.yaml');
    const limits = join(project.path, 'generated/limits.ts');
    await writeFile(current, await readFile(RELEASED));
    await project.node('openapi/generator/generate.ts');
    await git('init', '--quiet', '--initial-branch', 'main');
    await git('add', '--all');
    await git('commit', '--quiet', '--message', 'Before');
    const before = await Promise.all(MANIFESTS.map((path) => readFile(join(project.path, path), 'utf8')));

    await writeFile(limits, `${await readFile(limits, 'utf8')}// By hand.\n`);
    const stale = await project.node(script, '9.8.7', '--write');
    const broken = (await readFile(RELEASED, 'utf8')).replace('maxItems: 10000', 'maxItems: 9999');
    for (const path of [current, released]) await writeFile(path, broken);
    await project.node('openapi/generator/generate.ts');
    const breaking = await project.node(script, '9.8.7', '--write');

    expect(stale).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/limits\.ts[\s\S]*Nothing was released\.\n$/),
    });
    expect(breaking).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/breaks clients[\s\S]*maxItems[\s\S]*Nothing was released\.\n$/),
    });
    expect(await Promise.all(MANIFESTS.map((path) => readFile(join(project.path, path), 'utf8')))).toEqual(before);
  });
});
