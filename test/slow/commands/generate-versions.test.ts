// `npm run generate` with older versions: each has its bundle, its types and its tables.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { copyProject, type ProjectCopy, ROOT } from '../../support/project-copy.ts';

const [, ...COMMAND] = manifest.scripts.generate.split(' ');
const CONTRACT = 'openapi/openapi.yaml';
const RELEASED = 'openapi/versions/2024-07-30.yaml';
const FILES = [
  ...['contract.ts', 'examples.ts', 'openapi.json', 'operations.ts'],
  ...['request-validators.ts', 'response-validators.ts', 'schema.ts'],
];

const [contract = '', older = ''] = await Promise.all(
  [CONTRACT, RELEASED].map((name) => readFile(join(ROOT, name), 'utf8')),
);

/** The contract as a new version that lists these versions. */
const listing = (...versions: string[]) =>
  contract
    .replace('version: "2024-07-30"', 'version: "2025-06-01"')
    .replace('enum: ["2024-07-30"]', `enum: ${JSON.stringify(versions)}`);

let project: ProjectCopy;
beforeAll(async () => {
  project = await copyProject();
});
afterAll(() => project[Symbol.asyncDispose]());

const generate = (...flags: string[]) => project.node(...COMMAND, ...flags);
const write = (texts: Partial<Record<string, string>>) =>
  Promise.all(Object.entries(texts).map(([name, text = '']) => writeFile(join(project.path, name), text)));

describe('a version that is released after another', () => {
  it('leaves the older one its bundle, its types and its tables, until that is retired', async () => {
    await write({ [CONTRACT]: listing('2024-07-30', '2025-06-01') });
    const generated = await generate();
    const folder = join(project.path, 'generated/versions');
    const files = await readdir(join(folder, '2024-07-30'));
    const list = await readFile(join(project.path, 'generated/versions.ts'), 'utf8');
    const examples = await readFile(join(project.path, 'generated/version-examples.ts'), 'utf8');
    const checked = await generate('--check');

    await rm(join(project.path, RELEASED));
    await write({
      [CONTRACT]: listing('2025-06-01').replaceAll('example: "2024-07-30"', 'example: "2025-06-01"'),
    });
    const stale = await generate('--check');
    const retired = await generate();
    const left = await readdir(folder);
    await write({ [CONTRACT]: contract, [RELEASED]: older });

    expect(generated.code, generated.stderr).toBe(0);
    expect(files.sort()).toEqual(FILES);
    expect(list).toContain("{ version: '2024-07-30', contract: contractV20240730 },");
    expect(list).toContain('[version: "2024-07-30", handlers: HandlersV20240730],');
    expect(examples).toContain("  '2024-07-30': examplesV20240730,\n");
    expect(examples).toContain('type AnyScenarioName = ScenarioName | ScenarioNameV20240730;');
    expect(checked).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(stale.code).toBe(1);
    expect(stale.stderr).toContain('generated/versions/2024-07-30');
    expect(retired.stdout).toContain('Removed generated/versions/2024-07-30.');
    expect(left).toEqual([]);
  });

  it.each([
    [
      'an operation of an older one is missing',
      'operationId: create',
      'operationId: make',
      /the operation create\w+, w/,
    ],
    ['the base path has changed', /\/api$/gm, '/v2', /The base path is \/api, but openapi\.yaml has \/v2\./],
    // The file keeps its name.
    ['info.version of an older one is another', '', '', /#\/info\/version: Write "2024-07-30", as in the name/],
  ])('is rejected when %s, in one line', async (_, search, replacement, message) => {
    await write({
      [CONTRACT]: listing('2024-07-30', '2025-06-01').replace(search, replacement),
      ...(search === '' && { [RELEASED]: older.replace('version: "2024-07-30"', 'version: "2024-07-31"') }),
    });

    const ran = await generate();
    await write({ [CONTRACT]: contract, [RELEASED]: older });

    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr).toMatch(/^openapi\/versions\/2024-07-30\.yaml:1:1 at #\/[^\n]+\n$/);
  });
});

describe('a file in versions/ that is no version', () => {
  const commands: [name: string, ...args: string[]][] = [
    ['generate', ...COMMAND, '--check'],
    ['breaking-changes', 'openapi/breaking-changes/main.ts', '--allow-no-history'],
    ['release', 'openapi/tooling/release.ts'],
  ];

  it.each(commands)('is rejected by %s in one line, and so is one of another version', async (_, ...args) => {
    const [misnamed, newest] = ['openapi/versions/2024-07-30b.yaml', `${contract}# Changed.\n`];
    await write({ [misnamed]: older });
    const withMisnamed = await project.node(...args);
    await rm(join(project.path, misnamed));
    await write({ [CONTRACT]: newest, [RELEASED]: older.replace('version: "2024-07-30"', 'version: "2024-07-31"') });
    const withAnother = await project.node(...args);
    await write({ [CONTRACT]: contract, [RELEASED]: older });

    for (const { code, stdout } of [withMisnamed, withAnother])
      expect([code, stdout]).toEqual([expect.any(Number), '']);
    expect([withMisnamed.code, withAnother.code]).not.toContain(0);
    expect(withMisnamed.stderr).toMatch(/versions\/2024-07-30b\.yaml is not named after a day, [^\n]+\n/);
    expect(withAnother.stderr).toMatch(/2024-07-30\.yaml:1:1 at #\/info\/version: Write "2024-07-30", as [^\n]+\n/);
    // A stack would be longer.
    for (const { stderr } of [withMisnamed, withAnother])
      expect(
        stderr
          .split('\n')
          .filter((line) => line !== '' && !/^(Nothing was|The released versions cannot be compared)/.test(line)),
      ).toHaveLength(1);
  });

  it.each([
    ['2024-07-30b', 'the new one'],
    ['2025-02-30', 'the new one'],
    ['2024-7-30', 'the old one'],
  ])('is rejected when two contracts are compared: %s as %s', async (version, which) => {
    const other = 'other.yaml';
    await write({ [other]: contract.replace('version: "2024-07-30"', `version: "${version}"`) });
    const files = which === 'the new one' ? [CONTRACT, other] : [other, CONTRACT];

    const ran = await project.node('openapi/breaking-changes/main.ts', ...files);
    const changelog = await project.node('openapi/breaking-changes/main.ts', '--changelog', ...files);

    expect([ran.code, changelog.code]).toEqual([1, 2]);
    expect(ran.stdout).toContain(`The version "${version}" is no calendar date.`);
    expect(changelog.stderr).toMatch(/^\S*other\.yaml:\d+: The version "[^\n]+ such as "2026-01-31"\.\n$/);
  });
});
