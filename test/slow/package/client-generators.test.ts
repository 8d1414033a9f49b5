// Client generators of other projects: the code that they generate from the contract compiles, and works against the
// server.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consumer, createConsumer } from '../../package/consumer.ts';
import { ROOT } from '../../support/project-copy.ts';
import { startMemoryServer, type Target } from '../../support/targets.ts';

const GENERATORS = ['@apidevtools/swagger-parser@13.1.0', 'swagger-typescript-api@13.13.0'];
const CODEGEN = 'openapi-typescript-codegen@0.31.0';
const DOCUMENTS = ['openapi.yaml', 'openapi.json'];
const COMPILERS = ['typescript-5-5', 'typescript-7'];

const REQUEST = JSON.stringify({
  ownerId: '50af5191-05a3-42a5-802a-6b59091157af',
  memberIds: ['e309e948-088e-4d77-b654-cd85498f1555'],
});
const CREATED = { name: 'FinTech Solutions Inc.', members: 1 };
const REJECTED = { status: 400, type: 'UnknownCustomers', in: 'body', pointer: '/ownerId' };

let project: Consumer;
let server: Target;

beforeAll(async () => {
  [project, server] = await Promise.all([createConsumer([...GENERATORS, CODEGEN]), startMemoryServer()]);
  await project.write('openapi.yaml', await readFile(join(ROOT, 'openapi/openapi.yaml'), 'utf8'));
  await project.write('openapi.json', await readFile(join(ROOT, 'generated/openapi.json'), 'utf8'));
});
afterAll(async () => {
  await server?.close();
  await project?.[Symbol.asyncDispose]();
});

const bin = (name: string) => join(project.path, 'node_modules/.bin', name);

/** Compiles a module and runs it. It prints JSON. */
async function compileAndRun(name: string, code: string, compiler: string): Promise<unknown> {
  const compilerOptions = {
    ...{ strict: true, target: 'es2022', module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom'] },
    ...{ types: [], outDir: `dist-${compiler}` },
  };
  await project.write(`${name}.ts`, code);
  await project.write(`tsconfig.${name}.json`, JSON.stringify({ compilerOptions, files: [`${name}.ts`] }));
  const tsc = join(ROOT, 'node_modules', compiler, 'bin/tsc');
  const compiled = await project.node(tsc, '--project', `tsconfig.${name}.json`);
  expect(compiled).toEqual({ code: 0, stdout: '', stderr: '' });
  // Their imports have no extension, which only bundlers resolve.
  const esbuild = join(ROOT, 'node_modules/.bin/esbuild');
  await project.run(esbuild, `${name}.ts`, '--bundle', '--platform=node', '--format=esm', `--outfile=${name}.mjs`);
  return JSON.parse(await project.run(process.execPath, `${name}.mjs`));
}

describe.each(DOCUMENTS)('%s', (document) => {
  it('is valid for swagger-parser', async () => {
    const code = `import SwaggerParser from '@apidevtools/swagger-parser';
      console.log((await SwaggerParser.validate('${document}')).info.title);`;

    expect(await project.node('--input-type=module', '--eval', code)).toEqual({
      code: 0,
      stdout: 'Customer Organizations API\n',
      stderr: '',
    });
  });
});

describe.each(COMPILERS)('compiled by %s', (compiler) => {
  it.each(DOCUMENTS)('swagger-typescript-api generates a client of %s that works', async (document) => {
    await project.run(bin('swagger-typescript-api'), 'generate', '-p', document, '-o', 'sta', '-n', 'api.ts');
    const code = `import { Api, HttpResponse, type BadRequestError } from './sta/api';
      const headers = { Authorization: 'Basic ' + btoa('key:secret') };
      const api = new Api({ baseUrl: '${server.url}/api', baseApiParams: { headers } });
      const { data } = await api.customerOrganizations.createCustomerOrganization(${REQUEST});
      const ownerId = '11111111-1111-4111-8111-111111111111';
      const rejected: HttpResponse<unknown, BadRequestError> = await api.customerOrganizations
        .createCustomerOrganization({ ownerId, memberIds: [] })
        .catch((response) => response);
      const { type, details = [] } = rejected.error.error;
      console.log(JSON.stringify([
        { name: data.owner.name, members: data.members.length },
        { status: rejected.status, type, in: details[0]?.in, pointer: details[0]?.pointer },
      ]));`;

    expect(await compileAndRun('sta-client', code, compiler)).toEqual([CREATED, REJECTED]);
  });

  it.each(DOCUMENTS)('openapi-typescript-codegen generates a client of %s that works', async (document) => {
    await project.run(bin('openapi'), '--input', document, '--output', 'otc');
    const code = `import { ApiError, OpenAPI, OrganizationsService, RequestPart, type BadRequestError } from './otc';
      Object.assign(OpenAPI, { BASE: '${server.url}/api', USERNAME: 'key', PASSWORD: 'secret' });
      const { owner, members } = await OrganizationsService.createCustomerOrganization(${REQUEST});
      const ownerId = '11111111-1111-4111-8111-111111111111';
      const rejected = await OrganizationsService.createCustomerOrganization({ ownerId, memberIds: [] })
        .then(() => undefined, (error: unknown) => error);
      if (!(rejected instanceof ApiError)) throw new Error('It was accepted.');
      const { error }: BadRequestError = rejected.body;
      const [first] = error.details ?? [];
      const part = first?.in === RequestPart.BODY && 'body';
      console.log(JSON.stringify([
        { name: owner.name, members: members.length },
        { status: rejected.status, type: error.type, in: part, pointer: first?.pointer },
      ]));`;

    expect(await compileAndRun('otc-client', code, compiler)).toEqual([CREATED, REJECTED]);
  });
});
