// `npm run release`, in a copy of the project. Each test starts several processes.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyProject, ROOT } from '../support/project-copy.ts';

const RELEASED = join(ROOT, 'openapi/released.yaml');

/** The newest section of the changelog. The contract may have other changes since its last release. */
const NEWEST = /^## Contract 2024-07-30, released on \d{4}-\d\d-\d\d\n\n(- .*\n)*- .*`maxItems` modified.*(\n- .*)*$/;

describe('npm run release', { timeout: 120_000 }, () => {
  const script = 'openapi/tooling/release.ts';

  it('changes nothing when the contract has not changed', async () => {
    await using project = await copyProject();
    await writeFile(join(project.path, 'openapi/openapi.yaml'), await readFile(RELEASED));

    const ran = await project.node(script);

    expect(ran).toEqual({ code: 0, stdout: 'The contract has not changed since the last release.\n', stderr: '' });
  });

  it('records a compatible change once, above older entries', async () => {
    await using project = await copyProject();
    const current = join(project.path, 'openapi/openapi.yaml');
    const released = join(project.path, 'openapi/released.yaml');
    const changelog = join(project.path, 'CHANGELOG.md');
    const text = (await readFile(current, 'utf8')).replace('maxItems: 10000', 'maxItems: 20000');
    await writeFile(current, text);
    await writeFile(changelog, '# Changelog\n\n## Before\n\n- Something.\n');
    expect((await project.node('openapi/generator/generate.ts')).code).toBe(0);

    const ran = await project.node(script);

    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(await readFile(released, 'utf8')).toBe(text);
    const sections = (await readFile(changelog, 'utf8')).split(/\n\n(?=## )/);
    expect(sections).toEqual(['# Changelog', expect.stringMatching(NEWEST), '## Before\n\n- Something.\n']);
    expect((await project.node(script)).stdout).toContain('has not changed');
  });

  it('exits with 1 and writes nothing for stale files, a breaking change or an outdated info.version', async () => {
    await using project = await copyProject();
    const current = join(project.path, 'openapi/openapi.yaml');
    await writeFile(current, (await readFile(current, 'utf8')).replace('maxItems: 10000', 'maxItems: 9999'));
    const before = await readFile(join(project.path, 'openapi/released.yaml'), 'utf8');

    const stale = await project.node(script);
    await project.node('openapi/generator/generate.ts');
    const breaking = await project.node(script);
    const announced = (await readFile(current, 'utf8')).replace(
      'enum: ["2024-07-30"]',
      'enum: ["2024-07-30", "2027-01-31"]',
    );
    await writeFile(current, announced);
    await project.node('openapi/generator/generate.ts');
    const wrongVersion = await project.node(script);

    expect(stale).toMatchObject({ code: 1, stderr: expect.stringContaining('npm run generate') });
    expect(breaking).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/breaks clients[\s\S]*maxItems[\s\S]*Nothing was released\./),
    });
    expect(wrongVersion).toMatchObject({
      code: 1,
      stderr: 'info.version is 2024-07-30. Set it to the newest Sequence-Version, 2027-01-31.\nNothing was released.\n',
    });
    expect(await readFile(join(project.path, 'openapi/released.yaml'), 'utf8')).toBe(before);
  });
});
