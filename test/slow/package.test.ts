// The packed package: its files, its size, and its messages when a peer is missing.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import programs from '../../server/package.json' with { type: 'json' };
import { type Consumer, createConsumer, execute, packPackage, type Tarball, weigh } from '../package/consumer.ts';
import { testConsumers } from '../package/consumers.ts';
import { startRegistry } from '../package/registry.ts';
import { ROOT } from '../support/project-copy.ts';
import { readExample } from '../support/readme.ts';

const NAME = 'customer-organizations-contract';

/** Patterns of the files in the tarball. */
const CONTENT = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
  /^dist\/(openapi|generated|server|mock|conformance)\/.+\.(js|d\.ts)$/,
  /^dist\/(server|mock)\/.+\.cjs$/,
  /^dist\/server\/store\/\w+\/migrations\/\d{4}-[a-z-]+\.sql$/,
  /^dist\/(server|mock|require-peers)\.c?js$/,
  /^dist\/bin\/customer-organizations-(server|mock|conformance)\.cjs$/,
];
// dist/package.json has little more than the version, which the programs read.
const SINGLE = ['dist/package.json', 'dist/openapi/openapi.yaml', 'dist/generated/openapi.json'];

let tarball: Tarball;
let consumer: Consumer;

beforeAll(async () => {
  const registry = await startRegistry();
  tarball = await packPackage();
  consumer = await createConsumer([tarball.path], registry.url);
  await registry.close();
}, 120_000);
afterAll(async () => {
  await consumer?.[Symbol.asyncDispose]();
  await tarball?.[Symbol.asyncDispose]();
});

describe('the tarball', () => {
  it('contains the built files and nothing else', async () => {
    const installed = join(consumer.path, 'node_modules', NAME);
    const files = (await readdir(installed, { recursive: true, withFileTypes: true }))
      .filter((each) => each.isFile())
      .map((each) => join(each.parentPath, each.name).slice(installed.length + 1));

    expect(files).toEqual(expect.arrayContaining(SINGLE));
    expect(files.filter((file) => !SINGLE.includes(file) && !CONTENT.some((kind) => kind.test(file)))).toEqual([]);
  });

  it('contains every file that package.json names', async () => {
    const installed = join(consumer.path, 'node_modules', NAME);
    const named = JSON.stringify([manifest.exports, 'bin' in manifest ? manifest.bin : {}]).match(/\.\/dist\/[^"]+/g);

    expect(named).toContain('./dist/openapi/client/index.js');
    for (const file of named ?? []) expect((await stat(join(installed, file))).size).toBeGreaterThan(0);
  });

  it('is packed without changing package.json', () => {
    const [before, after] = tarball.manifests;

    expect(after).toBe(before);
    expect(Object.keys(manifest.dependencies)).toEqual(['openapi-fetch']);
  });

  it('passes publint and arethetypeswrong', async () => {
    const bin = (name: string) => join(ROOT, 'node_modules/.bin', name);
    // ESM only, which `require` loads on Node 24. The YAML file is not a module.
    const attw = [tarball.path, '--profile', 'esm-only', '--exclude-entrypoints', 'openapi.yaml', '--format', 'json'];
    const [lint, types] = await Promise.all([
      execute(bin('publint'), ['run', tarball.path, '--strict'], ROOT),
      execute(bin('attw'), attw, ROOT),
    ]);

    expect(lint).toMatchObject({ code: 0, stdout: expect.stringContaining('All good!') });
    expect(types.code, types.stdout).toBe(0);
  });
});

describe('package.json', () => {
  it('has every dependency of the programs as an optional peer, in the range of the installed version', () => {
    const peers: Record<string, string> = manifest.peerDependencies;
    const optional = Object.entries(manifest.peerDependenciesMeta).filter(([, meta]) => meta.optional);
    const expected = Object.entries(programs.dependencies).map(([name, version]) => [
      name,
      // The edge uses classes of this package that are not in its public interface.
      name === 'express-openapi-validator' ? version : `^${version}`,
    ]);

    expect(Object.fromEntries(expected)).toEqual(peers);
    expect(optional.map(([name]) => name).sort()).toEqual(Object.keys(peers).sort());
  });

  it('pins every dependency exactly', () => {
    const { dependencies, devDependencies } = manifest;
    const loose = Object.entries({ ...dependencies, ...devDependencies, ...programs.dependencies }).filter(
      ([, version]) => !/^(npm:.+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    );

    expect(loose).toEqual([]);
  });
});

describe('an empty project with the package', () => {
  it('installs 3 packages of less than 1 MB in total', async () => {
    const { packages, bytes } = await weigh(consumer);

    expect(packages.sort()).toEqual([NAME, 'openapi-fetch', 'openapi-typescript-helpers']);
    expect(bytes).toBeLessThan(1_000_000);
  });

  it.each([
    [
      'import',
      `import { createClient } from '${NAME}';
       createClient({ baseUrl: '/api', credentials: { clientId: 'a', clientSecret: 'b' } })`,
      'module',
    ],
    [
      'require',
      `const { createClient } = require('${NAME}');
       createClient({ baseUrl: '/api', credentials: { clientId: 'a', clientSecret: 'b' } })`,
      'commonjs',
    ],
    [
      'import the contract',
      `import contract from '${NAME}/openapi.json' with { type: 'json' };
       contract.paths['/customer-organizations'].post`,
      'module',
    ],
    ['read the contract', `require('node:fs').readFileSync(require.resolve('${NAME}/openapi.yaml'))`, 'commonjs'],
  ])('can %s', async (_, code, type) => {
    const ran = await consumer.node(`--input-type=${type}`, '--eval', code);

    expect(ran).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it.each(Object.keys(manifest.exports).filter((each) => ['./server', './mock'].includes(each)))(
    'names in one line the packages that %s needs, imported or required',
    async (subpath) => {
      const entry = `${NAME}${subpath.slice(1)}`;
      const show = '.message)';
      const imported = await consumer.node('--eval', `import('${entry}').catch((error) => console.log(error${show})`);
      const required = await consumer.node(
        '--eval',
        `try { require('${entry}') } catch (error) { console.log(error${show} }`,
      );

      expect(imported.stdout).toMatch(
        /^\S+ needs packages that are not installed\. Run: npm install .*express@5 .*\n$/,
      );
      expect(imported.stdout.startsWith(`${entry} needs`)).toBe(true);
      expect(required.stdout).toBe(imported.stdout);
    },
  );

  it.each(Object.keys('bin' in manifest ? Object(manifest.bin) : {}))(
    'names in one line the packages that %s needs',
    async (name) => {
      const ran = await execute(join(consumer.path, 'node_modules/.bin', name), ['--help'], consumer.path);

      expect(ran).toMatchObject({ code: 1, stdout: '' });
      expect(ran.stderr).toMatch(
        new RegExp(`^${name} needs packages that are not installed\\. Run: npm install \\S.*\\n$`),
      );
    },
  );

  it('names the same packages for the conformance command as test/README.md', async () => {
    const name = 'customer-organizations-conformance';
    const { stderr } = await execute(join(consumer.path, 'node_modules/.bin', name), ['--help'], consumer.path);
    const [, packages = ''] = /npm install (.+)\n/.exec(stderr) ?? [];

    expect(packages).not.toBe('');
    expect(await readExample('test/README.md', 'yaml', `npx ${name}`)).toContain(packages);
  });
});

// Last, because it adds packages to the project.
describe('a project with the package', () => testConsumers(() => consumer));
