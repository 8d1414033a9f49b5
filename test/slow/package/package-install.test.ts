// Installs each tarball with each package manager, on the oldest supported Node, and runs it there.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import {
  type Consumer,
  createConsumer,
  createProject,
  installNode,
  nameOf,
  PACKAGES,
  type PackageName,
  packPackages,
  type Tarballs,
} from '../../package/consumer.ts';
import { startMockTarget } from '../../support/targets.ts';

/** The oldest Node of each package, and one that is too old. */
const CURRENT = process.versions.node;
const OLDEST: Record<PackageName, string> = {
  contract: '20.19.0',
  conformance: '22.12.0',
  mock: '22.15.0',
  server: CURRENT,
};
const TOO_OLD = '20.20.2';
const PREVIOUS = '22.23.3';

const TOOLS = ['pnpm@12.21.0', 'yarn@1.22.22', '@yarnpkg/cli-dist@4.18.1'];

let tarballs: Tarballs;
let tools: Consumer;
const nodes = new Map([[CURRENT, process.execPath]]);
const disposables: AsyncDisposable[] = [];

beforeAll(async () => {
  [tarballs, tools] = await Promise.all([packPackages(), createConsumer(TOOLS)]);
  disposables.push(tarballs, tools);
  for (const version of [...Object.values(OLDEST), TOO_OLD, PREVIOUS]) {
    if (nodes.has(version)) continue;
    const node = await installNode(version);
    disposables.push(node);
    nodes.set(version, node.path);
  }
});
afterAll(async () => {
  for (const each of disposables) await each[Symbol.asyncDispose]();
});

async function projectOn(version: string, fields: object = {}): Promise<Consumer> {
  const project = await createProject(fields, nodes.get(version));
  onTestFinished(() => project[Symbol.asyncDispose]());
  return project;
}

interface Manager {
  name: string;
  /** The command that installs a tarball, without the path of the tarball. */
  add(): string[];
  /** The command that runs Node, or a program of a package, with access to the packages of the project. */
  node(): string[];
  program(name: string): string[];
}

const tool = (file: string) => join(tools.path, 'node_modules', file);
const yarn = () => ['node', tool('@yarnpkg/cli-dist/bin/yarn.js')];
const inFolder = { node: () => ['node'], program: (name: string) => [join('node_modules/.bin', name)] };

const MANAGERS: Manager[] = [
  { name: 'npm', add: () => ['npm', 'install', '--no-audit', '--no-fund'], ...inFolder },
  { name: 'pnpm', add: () => [tool('.bin/pnpm'), 'add'], ...inFolder },
  { name: 'Yarn 1', add: () => ['node', tool('yarn/bin/yarn.js'), 'add', '--non-interactive'], ...inFolder },
  {
    // It creates no node_modules, so that a package that imports an undeclared one fails.
    name: 'Yarn 4',
    add: () => [...yarn(), 'add'],
    node: () => [...yarn(), 'node'],
    program: (name) => [...yarn(), 'run', name],
  },
];

const WARNING = /warn|conflict|unmet|incompatible|deprecated/i;

/**
 * Warnings that name a package of this project, and not one of its dependencies, and warnings about missing peers. Yarn
 * 4 also reports, without a name, that express-openapi-validator does not declare the peer of its own dependency.
 */
function warningsOf(output: string): string[] {
  const ours = /customer-organizations-\w+(?!\S* > )/;
  return output.split('\n').filter((line) => /unmet peer/i.test(line) || (WARNING.test(line) && ours.test(line)));
}

describe.each(MANAGERS)('$name', ({ add, node, program }) => {
  it.each(PACKAGES)('installs %s without a warning, and it runs', async (name) => {
    const project = await projectOn(OLDEST[name]);
    await project.write('yarn.lock', '');
    const run = ([first = '', ...rest]: string[], ...args: string[]) => project.run(first, ...rest, ...args);

    expect(warningsOf(await run(add(), tarballs.of(name)))).toEqual([]);
    if (name === 'contract') {
      const print = 'print = ({ createClient }) => console.log(typeof createClient)';
      const code = `${print}; print(require('${nameOf(name)}')); import('${nameOf(name)}').then(print)`;
      expect(await run(node(), '--eval', code)).toBe('function\nfunction\n');
    } else expect(await run(program(nameOf(name)), '--version')).toBe(`${manifest.version}\n`);
  });
});

it('the client installs beside old versions of the dependencies of the others', async () => {
  const versions = { express: '4', ajv: '6', uuid: '9', commander: '12', pino: '9', zod: '3' };
  const project = await projectOn(CURRENT, { dependencies: versions });
  await project.run('npm', 'install', '--no-audit', '--no-fund');

  const output = await project.run('npm', 'install', '--no-audit', '--no-fund', tarballs.of('contract'));
  const { dependencies } = JSON.parse(await project.run('npm', 'ls', '--json', '--depth=0'));

  expect(output).not.toMatch(/warn|ERESOLVE/i);
  for (const [name, version] of Object.entries(versions)) expect(dependencies[name].version).toMatch(`${version}.`);
});

it('the client is loaded by Jest with jsdom without configuration', async () => {
  const project = await projectOn(CURRENT);
  const jest = ['jest@30.5.2', 'jest-environment-jsdom@30.5.2'];
  await project.run('npm', 'install', '--no-audit', '--no-fund', ...jest, tarballs.of('contract'));
  await project.write(
    'client.test.js',
    `const { createClient } = require('${nameOf('contract')}');
    test('creates a client', async () => {
      const credentials = { clientId: 'ä', clientSecret: 'b' };
      const client = createClient({ baseUrl: 'http://localhost/api', credentials });
      // jsdom has no fetch.
      await expect(client.POST('/customer-organizations', {})).rejects.toThrow('No Fetch API.');
    });`,
  );

  expect(await project.run(join('node_modules/.bin', 'jest'), '--env', 'jsdom')).toContain('1 passed');
});

describe.each([OLDEST.contract, PREVIOUS, CURRENT])('on Node %s', (version) => {
  it('the client calls the mock', async () => {
    const mock = await startMockTarget();
    onTestFinished(() => mock.close());
    const project = await projectOn(version);
    await project.run('npm', 'install', tarballs.of('contract'));
    const code = `const { createClient, unwrap } = require('${nameOf('contract')}');
      const credentials = { clientId: 'key', clientSecret: 'secret' };
      const client = createClient({ baseUrl: '${mock.url}/api', credentials });
      const body = { ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] };
      client.POST('/customer-organizations', { body }).then(unwrap).then(({ owner }) => console.log(owner.name))`;

    expect(await project.node('--eval', code)).toEqual({ code: 0, stdout: 'FinTech Solutions Inc.\n', stderr: '' });
  });
});

describe.each([OLDEST.mock, PREVIOUS, CURRENT])('on Node %s', (version) => {
  it('the conformance command finds that the mock conforms', async () => {
    const project = await projectOn(version);
    await project.run('npm', 'install', tarballs.of('mock'), tarballs.of('conformance'));
    const bin = (name: PackageName) => join(project.path, 'node_modules/.bin', nameOf(name));
    const mock = spawn(nodes.get(version) ?? '', [bin('mock'), '--port', '0', '--quiet'], { cwd: project.path });
    onTestFinished(() => void mock.kill('SIGKILL'));
    const [line] = await once(createInterface(mock.stdout), 'line');
    const url = String(line).split(' on ')[1] ?? '';
    const ran = await project.node(bin('conformance'), url, '--mock', '--rate', '100000', '--seed', '1');

    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  });

  it('the mock responds to every preference', async () => {
    const project = await projectOn(version, { type: 'module' });
    await project.run('npm', 'install', tarballs.of('mock'));
    await project.write('preferences.js', PREFERENCES);

    expect(await project.node('preferences.js')).toEqual({
      code: 0,
      stdout: '201 201 400 400 401 429 500 503 201 201\n',
      stderr: '',
    });
  });
});

const PREFERENCES = `
import { startMock } from '${nameOf('mock')}';
const mock = await startMock({ port: 0 });
const send = (prefer) =>
  fetch(mock.url + '/customer-organizations', {
    method: 'POST',
    headers: { authorization: 'Basic a2V5OnNlY3JldA==', 'content-type': 'application/json', prefer },
    body: JSON.stringify({ ownerId: '50af5191-05a3-42a5-802a-6b59091157af', memberIds: [] }),
  });
const statuses = [];
for (const prefer of ['code=201', 'example=noMembersYet', 'code=400', 'example=UnknownCustomers', 'code=401',
  'code=429', 'code=500', 'code=503', 'dynamic=true', 'dynamic=true, seed=7'])
  statuses.push((await send(prefer)).status);
console.log(...statuses);
await mock.close();
`;

describe.each([
  { name: 'mock', needed: '22.15', exitCode: 1 },
  { name: 'conformance', needed: '22.12', exitCode: 2 },
  { name: 'server', needed: '24.18', exitCode: 1 },
] as const)('$name on a Node that is too old', ({ name, needed, exitCode }) => {
  const message = `${nameOf(name)} needs Node ${needed} or newer, but runs on ${TOO_OLD}.`;

  it('is rejected in one line, by command and by import', async () => {
    const project = await projectOn(TOO_OLD);
    await project.run('npm', 'install', tarballs.of(name));
    const ran = await project.node(join('node_modules/.bin', nameOf(name)), '--help');

    expect(ran).toEqual({ code: exitCode, stdout: '', stderr: `${message}\n` });
    const print = '(error) => console.log(error.message)';
    const imported = await project.node('--eval', `import('${nameOf(name)}').catch(${print})`);
    const required = await project.node('--eval', `try { require('${nameOf(name)}') } catch (e) { (${print})(e) }`);
    expect(imported).toEqual({ code: 0, stdout: `${message}\n`, stderr: '' });
    expect(required).toEqual({ ...imported, stderr: expect.any(String) });
    // The error is not caught, as in any other script.
    await project.write('script.mjs', `import '${nameOf(name)}';\n`);
    expect(await project.node('script.mjs')).toEqual({ code: exitCode, stdout: '', stderr: `${message}\n` });
    const expression = await project.node('--eval', `import('${nameOf(name)}')`);
    expect(expression).toEqual({ code: exitCode, stdout: '', stderr: `${message}\n` });
  });
});

it.each(['mock', 'server'] as const)('npx runs %s in an empty folder, with its site', async (name) => {
  const project = await projectOn(CURRENT);
  const flags = name === 'mock' ? ['--port', '0'] : [];
  const child = spawn('npx', ['--yes', `--package=${tarballs.of(name)}`, nameOf(name), ...flags], {
    cwd: project.path,
    env: { ...process.env, PORT: '0' },
    detached: true,
  });
  // npx starts the program in a process of its own.
  onTestFinished(() => void process.kill(-(child.pid ?? 0), 'SIGKILL'));
  let output = '';
  const url = new Promise<string>((settle, fail) => {
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
      const [found] = /http:\/\/[\w.]+:\d+(?=\/api)/.exec(output) ?? [];
      if (found) settle(found);
    });
    child.stderr.on('data', (chunk) => (output += String(chunk)));
    child.once('close', () => fail(new Error(`It exited: ${output}`)));
  });
  const page = await fetch(await url);

  expect(page.status).toBe(200);
  expect(await page.text()).toContain('id="try-it-open"');
  expect(output).not.toMatch(/npm (run|start)/);
});
