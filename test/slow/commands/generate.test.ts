// `npm run generate`: reproducible output, detection of stale files, and handler types that follow the contract.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import manifest from '../../../package.json' with { type: 'json' };
import { copyProject, type ProjectCopy, ROOT } from '../../support/project-copy.ts';

const [, ...COMMAND] = manifest.scripts.generate.split(' ');
const CONTRACT = 'openapi/openapi.yaml';
const GENERATED = [
  'generated/openapi.json',
  'generated/contract.ts',
  'generated/schema.ts',
  'generated/operations.ts',
  'generated/examples.ts',
  'generated/request-validators.ts',
  'generated/response-validators.ts',
  'generated/versions.ts',
] as const;

// `npm test` runs `generate --check` first, so the committed files are up to date.
const fresh = await Promise.all(GENERATED.map((name) => readFile(join(ROOT, name), 'utf8')));
const contract = await readFile(join(ROOT, CONTRACT), 'utf8');

/** One copy for all tests: each writes the files that it needs first. */
let project: ProjectCopy;
beforeAll(async () => {
  project = await copyProject();
});
afterAll(() => project[Symbol.asyncDispose]());

/** Runs the command of package.json. */
const generate = (...flags: string[]) => project.node(...COMMAND, ...flags);
const read = () => Promise.all(GENERATED.map((name) => readFile(join(project.path, name), 'utf8')));
const write = (texts: Partial<Record<string, string>>) =>
  Promise.all(Object.entries(texts).map(([name, text = '']) => writeFile(join(project.path, name), text)));
const [bundle, , schema, operations] = GENERATED;

describe('generate --check', () => {
  it('exits with 1, names the stale files and leaves them when files are stale', async () => {
    await write({ [bundle]: fresh[0], [schema]: `${fresh[2]}\n`, [operations]: '' });

    const ran = await generate('--check');

    expect(ran.code).toBe(1);
    expect(ran.stderr).toBe(`Stale: ${schema}, ${operations}.\nRun \`npm run generate\` and commit the result.\n`);
    expect(await read()).toEqual([fresh[0], fresh[1], `${fresh[2]}\n`, '', ...fresh.slice(4)]);
  });
});

describe('generate', () => {
  it('writes the committed files when all of them are empty', async () => {
    await write(Object.fromEntries(GENERATED.map((name) => [name, ''])));

    const ran = await generate();

    expect(ran).toEqual({ code: 0, stdout: `Wrote ${GENERATED.join(', ')}.\n`, stderr: '' });
    expect(await read()).toEqual(fresh);
  });

  it('exits with 1, reports line and column and writes nothing when the contract is invalid', async () => {
    await write({ [bundle]: 'old', [CONTRACT]: `${contract}  broken: [\n` });

    const ran = await generate();

    await write({ [CONTRACT]: contract });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/^openapi\/openapi\.yaml:\d+:\d+ \w.*\n$/);
    expect((await read())[0]).toBe('old');
  });
});

describe('an operation that is added to the contract', () => {
  it('fails to compile until it has a handler', async () => {
    const changed = parseDocument(contract);
    const post = changed.toJS().paths['/customer-organizations'].post;
    changed.setIn(['paths', '/customer-groups', 'post'], changed.createNode(post));
    changed.setIn(['paths', '/customer-groups', 'post', 'operationId'], 'createCustomerGroup');
    await write({
      [CONTRACT]: changed.toString(),
      'base.json': await readFile(join(ROOT, 'tsconfig.json'), 'utf8'),
      'tsconfig.json': JSON.stringify({ extends: './base.json', include: ['server/api/handlers.ts'] }),
    });

    const generated = await generate();
    const compiled = await project.node('node_modules/typescript/bin/tsc', '--project', '.');

    expect(generated.code).toBe(0);
    expect(compiled.code).not.toBe(0);
    expect(compiled.stdout).toContain('server/api/handlers.ts');
    expect(compiled.stdout).toContain("Property 'createCustomerGroup' is missing");
    expect(compiled.stdout.match(/error TS/g)).toHaveLength(1);
  });
});
