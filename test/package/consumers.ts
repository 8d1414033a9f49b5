// Tests of the installed package: compiling against it with the oldest and newest supported TypeScript, and running the
// examples of the documents.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { readExample } from '../support/code-blocks.ts';
import { ROOT } from '../support/project-copy.ts';
import { startSqliteServer } from '../support/targets.ts';
import { type Consumer, link } from './consumer.ts';
import { readExamples } from './docstrings.ts';

const CONTRACT = 'customer-organizations-contract';
const SERVER = 'customer-organizations-server';
const MOCK = 'customer-organizations-mock';
const CONFORMANCE = 'customer-organizations-conformance';
const COMPILERS = ['typescript-5-5', 'typescript-7'];
const ON_NODE = { lib: ['es2023'], types: ['node'] };
/** Vitest's types need more than those of the package. */
const WITH_VITEST = { ...ON_NODE, lib: ['es2024', 'dom'], skipLibCheck: true };
const RESOLUTIONS = [
  { moduleResolution: 'bundler', module: 'esnext' },
  { moduleResolution: 'nodenext', module: 'nodenext' },
];

const clientExample = () => readExample('README.md', 'ts', 'data.members.length');
const handlersExample = () => readExample('server/README.md', 'ts', 'createApp');
const mockExample = () => readExample('mock/README.md', 'ts', 'startMock');
const conformExample = () => readExample('test/conformance/README.md', 'ts', 'conform(');

/** The app under test: the package's own server, with the demo account and customers. */
const APP = `import { authenticateBy, createApp, createHandlers, hashSecret, openSqliteStore } from '${SERVER}';

const store = openSqliteStore({ path: ':memory:' });
const account = await store.addAccount('Demo');
const names = ['FinTech Solutions Inc.', 'Fintech Payment Processing', 'FinTech Wealth Management'];
const ids = ['50af5191-05a3-42a5-802a-6b59091157af', 'e309e948-088e-4d77-b654-cd85498f1555',
  'e06f36e2-0a44-404d-bdbc-b66a292609b0'];
await store.importCustomers(account, (async function* () {
  yield ids.map((id, index) => ({ id, name: names[index] ?? '' }));
})());
await store.addApiKey({ account, clientId: 'key', secretHash: hashSecret('secret'), pinnedVersion: undefined });
export const app = await createApp(createHandlers(store), { authenticate: authenticateBy(store) });
`;

/** A project that compiles its own code for old browsers. */
const ES5 = `import { createClient } from '${CONTRACT}';
import { createBrowserMock } from '${CONTRACT}/browser-mock';

const mock = createBrowserMock();
export const client = createClient({ baseUrl: 'http://localhost/api', fetch: mock.fetch });
`;

/** The file in which the docstring examples of each entry are compiled, and the declarations that they rely on. */
const EXAMPLES: Record<string, { name: string; subpath?: string; types: string; given: string }> = {
  'docs.ts': {
    name: CONTRACT,
    types: 'openapi/client/index.d.ts',
    given: "declare const client: Client; declare const body: Schema<'NewCustomerOrganization'>;",
  },
  'docs-server.ts': {
    name: SERVER,
    types: 'server/index.d.ts',
    given: [
      'declare const store: Store;',
      'declare const account: string;',
      'declare const app: Awaited<ReturnType<typeof createApp>>;',
    ].join('\n'),
  },
  'docs-schemas.ts': { name: CONTRACT, subpath: '/schemas', types: 'openapi/schemas/index.d.ts', given: '' },
  'docs-browser.ts': { name: CONTRACT, subpath: '/browser-mock', types: 'mock/browser/index.d.ts', given: '' },
  'docs-conformance.ts': { name: CONFORMANCE, types: 'lib/conformance/index.d.ts', given: '' },
  'docs-mock.ts': { name: MOCK, types: 'mock/start.d.ts', given: `import { createClient } from '${CONTRACT}';` },
};

/** Registers the tests. Only the package is installed in the project; other dependencies of the tests are linked. */
export function testConsumers(project: () => Consumer): void {
  /** Compiles files as a separate project, with `skipLibCheck` off. */
  async function compile(compiler: string, files: string[], options: object) {
    const compilerOptions = { strict: true, skipLibCheck: false, noEmit: true, target: 'es2022', ...options };
    const config = `tsconfig.${files.join('-')}.json`;
    await project().write(config, JSON.stringify({ compilerOptions, files }));
    return project().node(join(ROOT, 'node_modules', compiler, 'bin/tsc'), '--project', config);
  }

  beforeAll(async () => {
    await link(project(), ['vitest']);
    const client = await clientExample();
    await project().write('client.ts', client);
    await project().write('invalid.ts', client.replace('memberIds:', 'members:'));
    await project().write('server.ts', await handlersExample());
    await project().write('mock.test.ts', await mockExample());
    await project().write('conform.test.ts', await conformExample());
    await project().write('app.ts', APP);
    await project().write('es5.ts', ES5);
    for (const [file, { name, subpath = '', types, given }] of Object.entries(EXAMPLES)) {
      const declarations = join(project().path, 'node_modules', name, types);
      await project().write(file, writeExamples(name + subpath, declarations, given));
    }
  });

  it.each(COMPILERS)('compiles for browsers, and reports an invalid call, with %s', async (compiler) => {
    const ran = await compile(compiler, ['client.ts', 'docs.ts', 'docs-schemas.ts', 'docs-browser.ts', 'invalid.ts'], {
      ...{ moduleResolution: 'bundler', module: 'esnext', lib: ['es2022', 'dom'], types: [] },
    });

    expect(ran.stdout).toMatch(/^invalid\.ts\(\d+,\d+\): error TS\d+: .*'memberIds'/);
    expect(ran.stdout.match(/error TS/g)).toHaveLength(1);
  });

  // TypeScript 7 has no such target.
  it('compiles for ES5 with typescript-5-5', async () => {
    const ran = await compile('typescript-5-5', ['es5.ts'], {
      ...{ target: 'es5', moduleResolution: 'bundler', module: 'esnext', lib: ['es2022', 'dom'], types: [] },
    });

    expect(ran).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it.each(COMPILERS.flatMap((compiler) => RESOLUTIONS.map((resolution) => ({ compiler, ...resolution }))))(
    'compiles for Node with $moduleResolution, with $compiler',
    async ({ compiler, ...resolution }) => {
      const ran = await compile(
        compiler,
        ['client.ts', 'server.ts', 'docs-server.ts', 'docs-mock.ts', 'docs-conformance.ts'],
        {
          ...resolution,
          ...ON_NODE,
        },
      );

      expect(ran).toEqual({ code: 0, stdout: '', stderr: '' });
    },
  );

  it('runs the client example of README.md', async () => {
    const server = await startSqliteServer();
    onTestFinished(() => server.close());
    await project().write('run.ts', (await clientExample()).replace('http://localhost:3000', server.url));

    expect(await project().node('run.ts')).toEqual({ code: 0, stdout: 'FinTech Solutions Inc. 1\n', stderr: '' });
  });

  it('runs the handlers example of server/README.md', async () => {
    expect((await handlersExample()).split('\n').filter((line) => /\w/.test(line)).length).toBeLessThanOrEqual(10);
    const free = createServer().listen(0);
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo; // It listens on a port.
    await new Promise((settle) => free.close(settle));
    const env = { ...process.env, PORT: String(port), SECRET: 'secret' };
    const child = spawn(process.execPath, ['server.ts'], { cwd: project().path, env });
    onTestFinished(() => void child.kill('SIGKILL'));
    const call = (await clientExample())
      .replace('localhost:3000', `localhost:${port}`)
      .replace('createClient({', 'createClient({ retries: 10,');
    await project().write('call.ts', call);

    expect(await project().node('call.ts')).toEqual({ code: 0, stdout: 'Customer 50af5191 1\n', stderr: '' });
  });

  it.each([
    ['mock/README.md', 'mock.test.ts'],
    ['test/conformance/README.md', 'conform.test.ts'],
  ])('runs the example of %s in a test', async (_, file) => {
    const compiled = await compile('typescript-7', [file], { ...RESOLUTIONS[0], ...WITH_VITEST });
    // Vitest's own limits, 5 and 10 s, are too short for a busy machine.
    const limits = ['--testTimeout=120000', '--hookTimeout=120000'];
    const ran = await project().node('node_modules/vitest/vitest.mjs', 'run', ...limits, file);

    expect(compiled).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/1 passed/);
  });

  it('can be required from CommonJS', async () => {
    const code = `const { createApp, openSqliteStore } = require('${SERVER}');
      const { startMock } = require('${MOCK}');
      const { conform } = require('${CONFORMANCE}');
      console.log(typeof createApp, typeof openSqliteStore, typeof startMock, typeof conform)`;

    const ran = await project().node('--input-type=commonjs', '--eval', code);

    expect(ran).toEqual({ code: 0, stdout: 'function function function function\n', stderr: '' });
  });
}

/** The examples in the docstrings of an entry as one module. `given` declares what they rely on. */
function writeExamples(entry: string, declarations: string, given: string): string {
  const examples = [...readExamples(declarations)];
  const imports = examples.flatMap(([, example = '']) => example.match(TOP_LEVEL) ?? []);
  const functions = examples.map(([name, example]) =>
    example === undefined ? '' : `export async function example_${name}() {\n${example.replace(TOP_LEVEL, '')}\n}`,
  );
  const names = examples.map(([name]) => name).join(', ');
  return `import { ${names} } from '${entry}';\n${imports.join('\n')}\n${given}\n${functions.join('\n')}\n`;
}

/** Lines of an example that cannot stand in a function. */
const TOP_LEVEL = /^(?:import|declare) .+;$/gm;
