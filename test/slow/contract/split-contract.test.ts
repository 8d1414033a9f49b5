// A contract in several files: every reader gets the same as from a single file.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { contract } from '../../../generated/contract.ts';
import { findChanges } from '../../../openapi/breaking-changes/find-changes.ts';
import { readContractText } from '../../../openapi/model/load/read-contract.ts';
import { copyProject, type ProjectCopy, ROOT } from '../../support/project-copy.ts';

const CURRENT = join(ROOT, 'openapi/openapi.yaml');
const RELEASED = join(ROOT, 'openapi/versions/2024-07-30.yaml');

let project: ProjectCopy;
let split: string;
beforeAll(async () => {
  project = await copyProject();
  split = join(project.path, 'openapi/openapi.yaml');
  const document = parse(await readFile(split, 'utf8'));
  const schemas = Object.keys(document.components.schemas);
  // The files refer to each other, in both directions.
  const inFile = (text: string, file: string) => text.replaceAll(/#\/components\//g, `${file}#/components/`);
  await mkdir(join(project.path, 'openapi/parts'));
  for (const [path, item] of Object.entries(document.paths)) {
    const name = path.replaceAll(/[^a-z]+/g, '-');
    await writeFile(join(project.path, `openapi/parts/path${name}.yaml`), inFile(stringify(item), '../openapi.yaml'));
    document.paths[path] = { $ref: `parts/path${name}.yaml` };
  }
  for (const name of schemas) {
    await writeFile(
      join(project.path, `openapi/parts/${name}.yaml`),
      inFile(stringify(document.components.schemas[name]), '../openapi.yaml'),
    );
    document.components.schemas[name] = { $ref: `parts/${name}.yaml` };
  }
  await writeFile(split, stringify(document));
});
afterAll(() => project[Symbol.asyncDispose]());

describe('a contract in several files', () => {
  it('is bundled to the same contract', async () => {
    expect(parse(await readContractText(split))).toEqual(parse(await readFile(CURRENT, 'utf8')));
  });

  it('generates the same files', async () => {
    const ran = await project.node('openapi/generator/generate.ts');

    expect(ran.code, ran.stderr).toBe(0);
    expect(JSON.parse(await readFile(join(project.path, 'generated/openapi.json'), 'utf8'))).toEqual(contract);
  });

  it('has the same changes for the gate', async () => {
    const withoutLines = (changes: Awaited<ReturnType<typeof findChanges>>) =>
      changes.map(({ file: _, line: __, ...change }) => change);

    expect(withoutLines(await findChanges(RELEASED, split))).toEqual(
      withoutLines(await findChanges(RELEASED, CURRENT)),
    );
  });
});
