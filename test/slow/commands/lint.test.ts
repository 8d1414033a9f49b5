// `npm run lint` in a copy of the project: reports for people, for GitHub and as SARIF.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { copyProject, type ProjectCopy, type Ran, runNode } from '../../support/project-copy.ts';

let project: ProjectCopy;
beforeAll(async () => {
  project = await copyProject({ withTests: true });
});
afterAll(() => project[Symbol.asyncDispose]());

const run = (args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> =>
  runNode([...manifest.scripts.lint.split(' ').slice(1), ...args], {
    cwd: project.path,
    env: { ...process.env, GITHUB_ACTIONS: '', ...env },
  });

/** Writes the contract with this replacement. The returned function restores it. */
async function edit(search: string, replacement: string): Promise<AsyncDisposable & { line: number }> {
  const path = join(project.path, 'openapi/openapi.yaml');
  const text = await readFile(path, 'utf8');
  expect(text).toContain(search);
  await writeFile(path, text.replace(search, replacement));
  return {
    line: text.slice(0, text.indexOf(search)).split('\n').length,
    [Symbol.asyncDispose]: () => writeFile(path, text),
  };
}

describe('npm run lint', () => {
  it('annotates the line of an unsupported feature in a workflow of GitHub', async () => {
    await using edited = await edit('value: 1048576', 'value: 1 MiB');

    const { code, stderr } = await run([], { GITHUB_ACTIONS: 'true' });

    expect(code).toBe(1);
    const place = `file=openapi/openapi.yaml,line=${edited.line - 2},title=contract/supported`;
    expect(stderr).toContain(`::error ${place}::The limit \`requestBodyBytes\` is no positive integer.`);
  });

  it('writes the problems of all parts as SARIF', async () => {
    await using edited = await edit('summary: Create a customer organization', 'deprecated: 1');
    await writeFile(join(project.path, 'mock/unformatted.ts'), 'export const  one = 1\n');

    const { code } = await run(['--sarif', 'lint.sarif']);

    expect(code).toBe(1);
    const { runs } = JSON.parse(await readFile(join(project.path, 'lint.sarif'), 'utf8'));
    const lines = runs.flatMap(
      ({ tool, results }: { tool: { driver: { name: string } }; results: { locations: Location[] }[] }) =>
        results.map(({ locations: [first] }) => {
          const { artifactLocation, region } = first?.physicalLocation ?? {};
          return `${tool.driver.name} ${artifactLocation?.uri}:${region?.startLine}`;
        }),
    );
    expect(lines).toContain(`contract openapi/openapi.yaml:${edited.line}`);
    expect(lines).toContain(`redocly openapi/openapi.yaml:${edited.line}`);
    expect(lines.join('\n')).toMatch(/^Biome mock\/unformatted\.ts/m);
  });
});

interface Location {
  physicalLocation: { artifactLocation: { uri: string }; region?: { startLine: number } };
}
