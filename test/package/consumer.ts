// Projects outside this repository that install the package: packed by `npm pack`, installed by `npm install`.
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { type Ran, ROOT } from '../support/project-copy.ts';
import { temporaryFolder } from '../support/targets.ts';

const PACKED = [
  ...['openapi', 'generated', 'server', 'mock', 'test/conformance', 'package.json', 'tsconfig.json'],
  ...['README.md', 'CHANGELOG.md', 'LICENSE'],
];

const NPM_OPTIONS = ['--no-audit', '--no-fund', '--prefer-offline'];

export interface Tarball extends AsyncDisposable {
  /** Path of the `.tgz` file. */
  path: string;
  /** The text of package.json before and after packing. */
  manifests: [string, string];
}

/** Runs `npm pack` in a copy of this repository. */
export async function packPackage(): Promise<Tarball> {
  const folder = await temporaryFolder();
  const source = join(folder.path, 'source');
  for (const name of PACKED) await cp(join(ROOT, name), join(source, name), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(source, 'node_modules'));
  const read = () => readFile(join(source, 'package.json'), 'utf8');
  const before = await read();
  await mustRun('npm', ['pack', '--pack-destination', folder.path], source);
  return {
    path: join(folder.path, `${manifest.name}-${manifest.version}.tgz`),
    manifests: [before, await read()],
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

export interface Consumer extends AsyncDisposable {
  path: string;
  write(name: string, text: string): Promise<void>;
  /** Runs Node in the project; resolves whatever its exit code. */
  node(...args: string[]): Promise<Ran>;
  /** Runs a command line such as `npm install express@5`. @throws Error with its output when it fails */
  run(command: string): Promise<void>;
}

/** An empty project with these packages installed, from npm's configured registry unless another is given. */
export async function createConsumer(packages: string[], registry?: string): Promise<Consumer> {
  const folder = await temporaryFolder();
  const write = async (name: string, text: string) => {
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await writeFile(join(folder.path, name), text);
  };
  await write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  const run = async (command: string) => {
    const [program = '', ...args] = command.split(' ');
    await mustRun(
      program,
      program === 'npm'
        ? [...args, ...NPM_OPTIONS, ...(registry ? ['--registry', registry, '--cache', join(folder.path, '.npm')] : [])]
        : args,
      folder.path,
    );
  };
  await run(`npm install ${packages.join(' ')}`);
  return {
    path: folder.path,
    write,
    run,
    node: (...args) => execute(process.execPath, args, folder.path),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** The installed packages of a project, and the size of all their files in bytes. */
export async function weigh({ path }: Consumer): Promise<{ packages: string[]; bytes: number }> {
  const lock = JSON.parse(await readFile(join(path, 'node_modules/.package-lock.json'), 'utf8'));
  const names = await readdir(join(path, 'node_modules'), { recursive: true });
  const sizes = names.map(async (name) => {
    const found = await stat(join(path, 'node_modules', name));
    return found.isFile() ? found.size : 0;
  });
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

export function execute(program: string, args: string[], cwd: string): Promise<Ran> {
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` };
  return new Promise((settle) => {
    execFile(program, args, { cwd, env }, (error, stdout, stderr) => {
      settle({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });
}

async function mustRun(program: string, args: string[], cwd: string): Promise<void> {
  const { code, stdout, stderr } = await execute(program, args, cwd);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} exited with ${code}:\n${stdout}${stderr}`);
}
