// Projects outside this repository that install the packages from their tarballs.
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { type Ran, ROOT } from '../support/project-copy.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

export const PACKAGES = ['contract', 'server', 'mock', 'conformance'] as const;
export type PackageName = (typeof PACKAGES)[number];

export const nameOf = (name: PackageName) => `customer-organizations-${name}`;

/** The files that `npm run pack` reads. */
const SOURCES = ['openapi', 'generated', 'server', 'mock', 'test/conformance', 'package.json', 'package-lock.json'];
const DOCUMENTS = ['tsconfig.json', 'redocly.yaml', 'README.md', 'CHANGELOG.md', 'LICENSE'];

export interface Tarballs extends AsyncDisposable {
  /** The folder dist/packages/, which has a folder and a tarball for each package. */
  folder: string;
  /** The standard output of `npm run pack`. */
  output: string;
  /** The path of a tarball. */
  of(name: PackageName): string;
}

/** Runs `npm run pack` in a copy of this repository. */
export async function packPackages(): Promise<Tarballs> {
  const copy = await temporaryFolder();
  const reference = /generated\/reference/;
  for (const name of [...SOURCES, ...DOCUMENTS])
    await cp(join(ROOT, name), join(copy.path, name), { recursive: true, filter: (path) => !reference.test(path) });
  await symlink(join(ROOT, 'node_modules'), join(copy.path, 'node_modules'));
  const output = await mustRun('npm', ['run', '--silent', 'pack'], copy.path);
  const folder = join(copy.path, 'dist/packages');
  return {
    folder,
    output,
    of: (name) => join(folder, `${nameOf(name)}-${manifest.version}.tgz`),
    [Symbol.asyncDispose]: () => copy[Symbol.asyncDispose](),
  };
}

export interface Consumer extends AsyncDisposable {
  path: string;
  write(name: string, text: string): Promise<void>;
  /** Runs Node in the project; resolves whatever its exit code. */
  node(...args: string[]): Promise<Ran>;
  /** Runs a program in the project. Resolves with its output. @throws Error with its output when it fails */
  run(program: string, ...args: string[]): Promise<string>;
}

/** An empty project, in a folder with a space in its name. All its programs use the Node at the path `node`. */
export async function createProject(
  fields: object = { type: 'module' },
  node: string = process.execPath,
): Promise<Consumer> {
  const folder = await temporaryFolder();
  const path = join(folder.path, 'my project');
  const write = async (name: string, text: string) => {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  };
  await write(
    'package.json',
    JSON.stringify({ name: 'consumer', version: '1.0.0', license: 'MIT', private: true, ...fields }),
  );
  return {
    path,
    write,
    run: (program, ...args) => mustRun(program, args, path, node),
    node: (...args) => execute(node, args, path, node),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const NPM_OPTIONS = ['--no-audit', '--no-fund', '--prefer-offline'];

/** An empty project in which npm has installed these packages, with these options. */
export async function createConsumer(packages: string[], options: string[] = []): Promise<Consumer> {
  const project = await createProject();
  await project.run('npm', 'install', ...packages, ...NPM_OPTIONS, ...options);
  return project;
}

/** The path of an exact version of Node, which npm installs into a project of its own. */
export async function installNode(version: string): Promise<{ path: string } & AsyncDisposable> {
  const project = await createProject({ allowScripts: { node: true } });
  await project.run('npm', 'install', `node@${version}`, ...NPM_OPTIONS);
  return {
    path: join(project.path, 'node_modules/node/bin/node'),
    [Symbol.asyncDispose]: project[Symbol.asyncDispose],
  };
}

/** The files of a folder, by their paths in it. */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name).slice(folder.length + 1));
}

/** The packages that npm installed, and the total size of their files in bytes. */
export async function weigh({ path }: Consumer): Promise<{ packages: string[]; bytes: number }> {
  const modules = join(path, 'node_modules');
  const lock = JSON.parse(await readFile(join(modules, '.package-lock.json'), 'utf8'));
  const sizes = (await listFiles(modules)).map(async (name) => (await stat(join(modules, name))).size);
  return {
    packages: Object.keys(lock.packages).map((each) => each.replace('node_modules/', '')),
    bytes: (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0),
  };
}

/** Links packages that are installed here into a project. */
export async function link({ path }: Consumer, packages: string[]): Promise<void> {
  for (const name of packages) {
    const target = join(path, 'node_modules', name);
    await mkdir(dirname(target), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), target);
  }
}

export function execute(program: string, args: string[], cwd: string, node: string = process.execPath): Promise<Ran> {
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
  return new Promise((settle) => {
    execFile(program, args, { cwd, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      settle({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });
}

async function mustRun(program: string, args: string[], cwd: string, node?: string): Promise<string> {
  const { code, stdout, stderr } = await execute(program, args, cwd, node);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} exited with ${code}:\n${stdout}${stderr}`);
  return stdout + stderr;
}
