// The four packages: their files, their dependencies, and their behaviour when installed.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import lock from '../../../package-lock.json' with { type: 'json' };
import { SUBJECT } from '../../conformance/tests/support/subject.ts';
import { runAction } from '../../package/action.ts';
import {
  type Consumer,
  createConsumer,
  execute,
  listFiles,
  nameOf,
  PACKAGES,
  type PackageName,
  packPackages,
  type Tarballs,
  weigh,
} from '../../package/consumer.ts';
import { testConsumers } from '../../package/consumers.ts';
import { FILES, LIMITS } from '../../package/contents.ts';
import { findImports } from '../../package/find-imports.ts';
import { startRegistry } from '../../package/registry.ts';
import { ROOT } from '../../support/project-copy.ts';
import { startMemoryServer, startMockTarget } from '../../support/targets.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let tarballs: Tarballs;
/** A project with one package each. */
let projects: Record<PackageName, Consumer>;

beforeAll(async () => {
  tarballs = await packPackages();
  const installed = await Promise.all(
    PACKAGES.map(async (name) => [name, await createConsumer([tarballs.of(name)])] as const),
  );
  projects = Object.fromEntries(installed) as Record<PackageName, Consumer>; // There is one for each name.
});
afterAll(async () => {
  for (const project of Object.values(projects ?? {})) await project[Symbol.asyncDispose]();
  await tarballs?.[Symbol.asyncDispose]();
});

const installedIn = (name: PackageName) => join(projects[name].path, 'node_modules', nameOf(name));

async function readJson(name: PackageName, file: string) {
  return JSON.parse(await readFile(join(installedIn(name), file), 'utf8'));
}

it('npm run pack names the four tarballs', () => {
  expect(tarballs.output).toBe(
    PACKAGES.map((name) => `dist/packages/${nameOf(name)}-${manifest.version}.tgz\n`).join(''),
  );
});

describe.each(PACKAGES)('customer-organizations-%s', (name) => {
  it('has documents that name its own command, and link to nothing outside it', async () => {
    const files = (await listFiles(installedIn(name))).filter((file) => !file.startsWith('node_modules/'));
    const documents = files.filter((file) => /README\.md$/.test(file));

    expect(documents).toContain('README.md');
    for (const document of documents) {
      const text = await readFile(join(installedIn(name), document), 'utf8');
      expect(text.match(/^.*(npm (run|start|ci)\b|\bthis repository\b|<!--).*$/gm)).toBeNull();
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path = '']) => join(document, '..', path));
      expect(links.filter((path) => !files.includes(path))).toEqual([]);
    }
  });

  it('contains the files that it needs and nothing else', async () => {
    const files = (await listFiles(installedIn(name))).filter((file) => !file.startsWith('node_modules/'));

    expect(files.filter((file) => !FILES[name].some((kind) => kind.test(file)))).toEqual([]);
    expect(FILES[name].filter((kind) => !files.some((file) => kind.test(file)))).toEqual([]);
  });

  it('contains every file that package.json names', async () => {
    const { main, types, bin, exports } = await readJson(name, 'package.json');
    const named = JSON.stringify([main, types, bin, exports]).match(/\.\/[^"]+\.[\w.]+/g) ?? [];

    expect(named.length).toBeGreaterThan(1);
    for (const file of named) expect((await stat(join(installedIn(name), file))).size).toBeGreaterThan(0);
  });

  it('has the version and the licence of all packages, and no scripts, peers or development dependencies', async () => {
    const published = await readJson(name, 'package.json');

    expect(published).toMatchObject({ name: nameOf(name), version: manifest.version, license: 'MIT' });
    expect(Object.keys(published)).not.toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^(private|scripts|peerDependencies|devDependencies|workspaces)$/),
      ]),
    );
  });

  it('depends on what its modules import, and on nothing else, each in an exact version', async () => {
    const { dependencies } = await readJson(name, 'package.json');

    expect(Object.keys(dependencies).sort()).toEqual(await findImports(installedIn(name)));
    expect(Object.values(dependencies).filter((version) => !/^\d+\.\d+\.\d+$/.test(String(version)))).toEqual([]);
  });

  it('passes publint and arethetypeswrong', async () => {
    const bin = (tool: string) => join(ROOT, 'node_modules/.bin', tool);
    // The YAML file is no module. Server and mock are ESM only, which `require` loads on the Nodes that they run on.
    const profile = name === 'contract' ? 'strict' : 'esm-only';
    const attw = [tarballs.of(name), '--profile', profile, '--exclude-entrypoints', 'openapi.yaml', '--format', 'json'];
    const [lint, types] = await Promise.all([
      execute(bin('publint'), ['run', tarballs.of(name), '--strict'], ROOT),
      execute(bin('attw'), attw, ROOT),
    ]);

    expect(lint).toMatchObject({ code: 0, stdout: expect.stringContaining('All good!') });
    expect(types.code, types.stdout).toBe(0);
  });

  it('is small, and so is a project with it', async () => {
    const { packages, bytes } = await weigh(projects[name]);
    const limits = LIMITS[name];

    expect((await stat(tarballs.of(name))).size).toBeLessThan(limits.tarball);
    expect(bytes).toBeLessThan(limits.installed);
    expect(packages.length).toBeLessThanOrEqual(limits.packages);
  });
});

describe.each(['server', 'mock', 'conformance'] as const)('customer-organizations-%s', (name) => {
  it('has a shrinkwrap with the versions that are tested here', async () => {
    const { packages } = await readJson(name, 'npm-shrinkwrap.json');
    const tested = new Map<string, object>(Object.entries(lock.packages));
    const folder = name === 'conformance' ? 'test/conformance' : name;
    const other = Object.entries<{ version: string }>(packages).filter(([path, { version }]) => {
      // The workspace has what differs from the version in the root.
      const known = tested.get(`${folder}/${path}`) ?? tested.get(path) ?? {};
      return path !== '' && !('version' in known && known.version === version);
    });

    expect(other).toEqual([]);
    expect(Object.keys(packages).length).toBeGreaterThan(10);
  });

  // npm installs the newest indirect dependencies that the ranges of a tarball allow.
  it('installs the versions of its shrinkwrap from a registry', async () => {
    const registry = await startRegistry(tarballs);
    onTestFinished(() => registry.close());
    const project = await createConsumer([nameOf(name)], ['--registry', registry.url]);
    onTestFinished(() => project[Symbol.asyncDispose]());
    const { packages } = await readJson(name, 'npm-shrinkwrap.json');
    const installed = JSON.parse(await readFile(join(project.path, 'node_modules/.package-lock.json'), 'utf8'));
    const versions = (tree: Record<string, { version: string }>) =>
      Object.entries(tree)
        .map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`)
        .filter(
          (each) => each.includes('@', 1) && !each.startsWith('customer-organizations-') && !each.startsWith('@0'),
        );

    expect(versions(installed.packages).sort()).toEqual(versions(packages).sort());
  });

  it('has no message that names a command of the repository', async () => {
    const files = (await listFiles(installedIn(name))).filter((file) => !file.startsWith('node_modules/'));
    // Leaves out messages that depend on the place, and the scripts of bundled packages.
    const excluded = /(command-name|serve|prism-engine|cli-\w+)\.js$|^CHANGELOG\.md$/;
    const scripts = files.filter((file) => /\.(c?js|html|json|yaml)$/.test(file) && !excluded.test(file));
    const named = await Promise.all(
      scripts.map(async (file) => {
        // Comments are for readers of the code.
        const text = (await readFile(join(installedIn(name), file), 'utf8')).replaceAll(
          /^\s*(\/\/|\*|\/\*\*|#).*$/gm,
          '',
        );
        return /npm (run|start)\b/.test(text) ? [file] : [];
      }),
    );

    expect(named.flat()).toEqual([]);
  });

  it('has one command, which names itself in messages', async () => {
    const { bin } = await readJson(name, 'package.json');
    const command = join(projects[name].path, 'node_modules/.bin', nameOf(name));
    const run = (flag: string) => execute(command, [flag], projects[name].path);
    const [help, short, version, wrong] = [
      await run('--help'),
      await run('-h'),
      await run('--version'),
      await run('--hlep'),
    ];

    expect(Object.keys(bin)).toEqual([nameOf(name)]);
    expect(help).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(new RegExp(`^Usage: ${nameOf(name)} `)),
    });
    expect(help.stdout).not.toMatch(/npm (run|start)/);
    expect(short).toEqual(help);
    expect(version).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
    expect(wrong).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Did you mean --help?') });
  });
});

describe('customer-organizations-contract', () => {
  const use = "createClient({ baseUrl: '/api', credentials: { clientId: 'a', clientSecret: 'b' } })";

  it.each([
    ['import', `import { createClient } from '${nameOf('contract')}'; ${use}`, 'module'],
    ['require', `const { createClient } = require('${nameOf('contract')}'); ${use}`, 'commonjs'],
    [
      'import the contract',
      `import contract from '${nameOf('contract')}/openapi.json' with { type: 'json' };
       contract.paths['/customer-organizations'].post.operationId.length`,
      'module',
    ],
    [
      'read the contract',
      `require('node:fs').readFileSync(require.resolve('${nameOf('contract')}/openapi.yaml'))`,
      'commonjs',
    ],
  ])('can %s', async (_, code, type) => {
    const ran = await projects.contract.node(`--input-type=${type}`, '--eval', code);

    expect(ran).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('installs openapi-fetch and nothing else', async () => {
    expect((await weigh(projects.contract)).packages.sort()).toEqual([
      nameOf('contract'),
      'openapi-fetch',
      'openapi-typescript-helpers',
    ]);
  });
});

it('customer-organizations-mock installs no database driver and no engine of Prism', async () => {
  const { packages } = await weigh(projects.mock);

  expect(
    packages.filter((each) => /^(pg|@stoplight|@faker-js|@scarf|customer-organizations-server)/.test(each)),
  ).toEqual([]);
});

describe('the action of GitHub', () => {
  const common = () => ({ package: tarballs.of('conformance'), options: '--rate\n100000\n--requests\n5\n' });

  it('passes for a server that conforms, and writes its reports and the summary', async () => {
    const server = await startMemoryServer();
    onTestFinished(() => server.close());
    await using folder = await temporaryFolder();
    const inputs = { url: server.url, user: 'key:secret', report: "the 'report'", only: 'json\nmedia-type\n' };

    const { code, output, outputs, summary } = await runAction(folder.path, { ...common(), ...inputs });

    expect(code, output).toBe(0);
    expect(output).toContain('No violation of json, media-type in ');
    expect(outputs).toEqual({ html: "the 'report'/conformance.html", junit: "the 'report'/conformance.xml" });
    expect(await readFile(join(folder.path, outputs.html ?? ''), 'utf8')).toContain('No violation of json, media-type');
    expect(await readFile(join(folder.path, outputs.junit ?? ''), 'utf8')).toContain('<testsuites ');
    expect(summary).toMatch(/^## No violation of json, media-type\n/);
  });

  it('fails with annotations for one that does not, with the credentials and customers that it is given', async () => {
    const server = await startMockTarget();
    onTestFinished(() => server.close());
    await using folder = await temporaryFolder();
    const [owner, ...members] = ['0190e1a0-0000-7000-8000-000000000001', SUBJECT.owner, ...SUBJECT.members];
    const given = { user: 'other:$(id) `id`', owner, members: members.join('\n ') };

    const { code, output } = await runAction(folder.path, { ...common(), ...given, url: server.url });

    expect(code).toBe(1);
    expect(output).toContain(`owned by ${owner}, with members from ${members.join(', ')}`);
    expect(output).toContain(', as client other');
    expect(output).toMatch(/^::error title=customers%3A /m);
  });

  it('runs no code from an input', async () => {
    await using folder = await temporaryFolder();
    const url = 'http://x/$(touch a)`touch b`";touch c;"';

    const { code, output } = await runAction(folder.path, { ...common(), url, only: '$(touch d)', members: '' });

    expect(code, output).toBe(2);
    expect((await readdir(folder.path)).sort()).toEqual(['conformance-report', 'output.txt']);
  });
});

// These tests come last, because they add packages to the project.
describe('a project with all packages', () => {
  let project: Consumer;
  beforeAll(async () => {
    project = await createConsumer(PACKAGES.map(tarballs.of));
  });
  afterAll(() => project?.[Symbol.asyncDispose]());

  testConsumers(() => project);
});
