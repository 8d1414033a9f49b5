// `npm run generate`: the same bytes for the same contract, stale files named, and stubs that follow the contract.
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { copyProject } from './project-copy.ts';

const CONTRACT = 'openapi/openapi.yaml';
const GENERATED = ['generated/openapi.json', 'generated/schema.ts', 'generated/operations.ts'];

describe('generate', () => {
  it('writes the same bytes again, where nothing is left of the old ones', async () => {
    await using project = await copyProject();
    const read = () => Promise.all(GENERATED.map((name) => readFile(join(project.path, name), 'utf8')));
    const before = await read();
    for (const name of GENERATED) await writeFile(join(project.path, name), '');

    const ran = await project.node('openapi/generate.ts');

    expect(ran.code).toBe(0);
    expect(await read()).toEqual(before);
  });

  it('writes nothing when the contract is broken, and says where it is', async () => {
    await using project = await copyProject();
    const before = await readFile(join(project.path, 'generated/openapi.json'), 'utf8');
    await appendFile(join(project.path, CONTRACT), '  broken: [\n');

    const ran = await project.node('openapi/generate.ts');

    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/openapi\.yaml.*\(\d+:\d+\)/);
    expect(ran.stderr).toContain('generated/ is unchanged');
    expect(await readFile(join(project.path, 'generated/openapi.json'), 'utf8')).toBe(before);
  });
});

describe('generate --check', () => {
  it('passes when all is fresh', async () => {
    await using project = await copyProject();

    const ran = await project.node('openapi/generate.ts', '--check');

    expect(ran).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it.each(GENERATED)('fails when %s is stale, names it and the command, and leaves it', async (name) => {
    await using project = await copyProject();
    await appendFile(join(project.path, name), '\n');
    const stale = await readFile(join(project.path, name), 'utf8');

    const ran = await project.node('openapi/generate.ts', '--check');

    expect(ran.code).toBe(1);
    expect(ran.stderr).toBe(
      `Not generated from the contract as it stands: ${name}.\nRun \`npm run generate\` and commit what it writes.\n`,
    );
    expect(await readFile(join(project.path, name), 'utf8')).toBe(stale);
  });
});

describe('an operation that is new in the contract', () => {
  it('keeps the server from compiling until it has a handler', async () => {
    await using project = await copyProject();
    const path = join(project.path, CONTRACT);
    const contract = parseDocument(await readFile(path, 'utf8'));
    const post = contract.toJS().paths['/customer-organizations'].post;
    contract.setIn(['paths', '/customer-groups', 'post'], contract.createNode(post));
    contract.setIn(['paths', '/customer-groups', 'post', 'operationId'], 'createCustomerGroup');
    await writeFile(path, contract.toString());
    await writeFile(
      join(project.path, 'tsconfig.json'),
      JSON.stringify({ extends: join(project.path, 'base.json'), include: ['server'] }),
    );
    await writeFile(join(project.path, 'base.json'), await readFile('tsconfig.json', 'utf8'));

    const generated = await project.node('openapi/generate.ts');
    const compiled = await project.node('node_modules/typescript/bin/tsc', '--project', '.');

    expect(generated.code).toBe(0);
    expect(compiled.code).not.toBe(0);
    expect(compiled.stdout).toContain('server/handlers.ts');
    expect(compiled.stdout).toContain("Property 'createCustomerGroup' is missing");
    expect(compiled.stdout.match(/error TS/g)).toHaveLength(1);
  });
});
