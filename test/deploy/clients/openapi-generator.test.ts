// openapi-generator, which needs Java. Its versions on npm read OpenAPI 3.0, so the contract is converted to it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consumer, createConsumer } from '../../package/consumer.ts';
import { ROOT } from '../../support/project-copy.ts';
import { startMemoryServer, type Target } from '../../support/targets.ts';

/** The newest package that contains the program. Later ones download it from a Java registry. */
const GENERATOR = '@openapitools/openapi-generator-cli@1.0.18-5.0.0-beta2';
const JAR = 'node_modules/@openapitools/openapi-generator-cli/bin/openapi-generator.jar';
const CONVERTER = '@apiture/openapi-down-convert@0.14.2';
/** An option without which the client uses a type that TypeScript had until 3.0. Other generators ignore it. */
const OPTIONS = ['--additional-properties=typescriptThreePlus=true'];
const CONVERTED = 'openapi-3.0.json';

let project: Consumer;
let server: Target;

beforeAll(async () => {
  [project, server] = await Promise.all([createConsumer([GENERATOR, CONVERTER, 'axios@1.9.0']), startMemoryServer()]);
  await project.write('openapi.json', await readFile(join(ROOT, 'generated/openapi.json'), 'utf8'));
  const converter = join(project.path, 'node_modules/.bin/openapi-down-convert');
  await project.run(converter, '--input', 'openapi.json', '--output', CONVERTED);
  const converted = JSON.parse(await readFile(join(project.path, CONVERTED), 'utf8'));
  await project.write(CONVERTED, JSON.stringify(removeLeftOver(converted)));
}, 180_000);
afterAll(async () => {
  await server?.close();
  await project?.[Symbol.asyncDispose]();
});

/** Removes parts of 3.1 that the converter keeps: `if` and `then` of schemas, and the summary of the document. */
function removeLeftOver(document: { info: object }): object {
  Reflect.deleteProperty(document.info, 'summary');
  return JSON.parse(JSON.stringify(document), (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'if' && key !== 'then'));
  });
}

/** Creates an organization, then fails to create one, and prints the results. */
const USES = {
  'typescript-fetch': (folder: string) => `import { Configuration, OrganizationsApi } from './${folder}/index';
    const api = new OrganizationsApi(new Configuration({
      basePath: '${server.url}/api', username: 'key', password: 'secret', fetchApi: fetch,
    }));
    const { owner, members } = await api.createCustomerOrganization({ newCustomerOrganization: {
      ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: ['e309e948-088e-4d77-b654-cd85498f1555'],
    } });
    const rejected: Response = await api.createCustomerOrganization({ idempotencyKey: 'k', newCustomerOrganization: {
      ownerId: '11111111-1111-4111-8111-111111111111', memberIds: [],
    } }).then(() => { throw new Error('It was accepted.'); }, (response) => response);
    const { error } = await rejected.json();
    console.log(JSON.stringify([owner.name, members.length, rejected.status, error.type]));`,
  'typescript-axios': (folder: string) => `import { Configuration, OrganizationsApi } from './${folder}/index';
    const api = new OrganizationsApi(new Configuration({
      basePath: '${server.url}/api', username: 'key', password: 'secret',
    }));
    const { data: { owner, members } } = await api.createCustomerOrganization({
      ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: ['e309e948-088e-4d77-b654-cd85498f1555'],
    });
    const { response } = await api.createCustomerOrganization({
      ownerId: '11111111-1111-4111-8111-111111111111', memberIds: [],
    }, undefined, 'k').then(() => { throw new Error('It was accepted.'); }, (error) => error);
    console.log(JSON.stringify([owner.name, members.length, response.status, response.data.error.type]));`,
};

describe.each(Object.entries(USES))('the client of %s', { timeout: 120_000 }, (generator, use) => {
  it.each(['typescript-5-5', 'typescript-7'])('compiles with %s, and works', async (compiler) => {
    const folder = `${generator}-${compiler}`;
    await project.run('java', '-jar', JAR, 'generate', '-g', generator, '-i', CONVERTED, '-o', folder, ...OPTIONS);
    await project.write(`${folder}.ts`, use(folder));
    const compilerOptions = {
      ...{ strict: true, target: 'es2022', module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom'] },
      ...{ types: [], noEmit: true, skipLibCheck: true },
    };
    await project.write(`tsconfig.${folder}.json`, JSON.stringify({ compilerOptions, files: [`${folder}.ts`] }));
    const tsc = join(ROOT, 'node_modules', compiler, 'bin/tsc');

    expect(await project.node(tsc, '--project', `tsconfig.${folder}.json`)).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });

    const esbuild = join(ROOT, 'node_modules/.bin/esbuild');
    await project.run(
      esbuild,
      `${folder}.ts`,
      '--bundle',
      '--platform=node',
      '--packages=external',
      '--format=esm',
      `--outfile=${folder}.mjs`,
    );
    const output = await project.run(process.execPath, `${folder}.mjs`);
    expect(JSON.parse(output)).toEqual(['FinTech Solutions Inc.', 1, 400, 'UnknownCustomers']);
  });
});
