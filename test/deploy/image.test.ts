// The image, built from the packed server on a base of this machine's files, because image registries cannot be reached
// everywhere. Its contents run as its user on a read-only root.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { exchange } from '../support/http/http.ts';
import { ROOT } from '../support/project-copy.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { DEPLOY, runTool } from './run-tool.ts';

const run = promisify(execFile);
const TAG = 'localhost/customer-organizations-server:test';
const BASE = 'localhost/node:test';

/** Programs that the Dockerfile runs, with the libraries that they and Node load. */
const PROGRAMS = ['sh', 'env', 'cat'];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
/** The file system of the image. */
let root: string;

/** Options of podman that keep everything in the temporary folder. */
const storage = () => [
  ...['--root', join(folder.path, 'images'), '--runroot', join(folder.path, 'run')],
  ...['--storage-driver', 'vfs'],
];

async function podman(...args: string[]): Promise<string> {
  const ran = await runTool('podman', [...storage(), ...args]);
  if (ran.code !== 0) throw new Error(`podman ${args.join(' ')} exited with ${ran.code}:\n${ran.stdout}${ran.stderr}`);
  return ran.stdout.trim();
}

/** A root file system with Node, npm and a shell. */
async function makeBase(target: string): Promise<void> {
  for (const path of ['bin', 'usr/bin', 'usr/local/bin', 'usr/local/lib/node_modules', 'etc/ssl', 'tmp', 'proc', 'dev'])
    await mkdir(join(target, path), { recursive: true });
  const { stdout: npm } = await run('npm', ['root', '--global']);
  await cp(join(npm.trim(), 'npm'), join(target, 'usr/local/lib/node_modules/npm'), { recursive: true });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(target, 'usr/local/bin/npm'));
  await symlink('/bin/env', join(target, 'usr/bin/env'));
  const copies = [[process.execPath, '/usr/local/bin/node']];
  for (const name of PROGRAMS) copies.push([(await run('which', [name])).stdout.trim(), `/bin/${name}`]);
  for (const [from = '', to = ''] of copies) {
    await copyFile(from, join(target, to));
    const { stdout } = await run('ldd', [from]);
    for (const [library] of stdout.matchAll(/\/[^ )]+/g)) {
      await mkdir(join(target, dirname(library)), { recursive: true });
      await copyFile(library, join(target, library));
    }
  }
  await run('cp', ['-rL', '/etc/ssl/certs', join(target, 'etc/ssl')]);
  for (const file of ['resolv.conf', 'hosts']) await copyFile(`/etc/${file}`, join(target, 'etc', file));
  await writeFile(join(target, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/tmp:/bin/sh\n');
  await writeFile(join(target, 'etc/group'), 'root:x:0:\nnode:x:1000:\n');
}

beforeAll(async () => {
  folder = await temporaryFolder();
  await run('npm', ['run', '--silent', 'pack'], { cwd: ROOT });
  const base = join(folder.path, 'base');
  await makeBase(base);
  const certificates = process.env.NODE_EXTRA_CA_CERTS;
  const archive = join(folder.path, 'base.tar');
  await run('tar', ['-C', base, '-cf', archive, '.']);
  const changes = [
    'ENV PATH=/usr/local/bin:/usr/bin:/bin',
    ...(certificates ? [`ENV NODE_EXTRA_CA_CERTS=${certificates}`] : []),
  ];
  await podman('import', ...changes.flatMap((change) => ['--change', change]), archive, BASE);
  // This is the npm registry of this machine.
  const npmrc = join(folder.path, 'npmrc');
  const registry = (await run('npm', ['config', 'get', 'registry'], { cwd: ROOT })).stdout.trim();
  await writeFile(npmrc, `registry=${registry}\n`);
  await podman(
    ...['build', '--isolation', 'chroot', '--network', 'host', '--volume', `${npmrc}:/root/.npmrc:ro`],
    ...['--build-arg', `NODE_IMAGE=${BASE}`, '--file', join(DEPLOY, 'Dockerfile'), '--tag', TAG],
    join(ROOT, 'dist/packages'),
  );
  root = await podman('image', 'mount', TAG);
}, 600_000);

afterAll(async () => {
  if (root) await podman('image', 'unmount', TAG);
  await folder[Symbol.asyncDispose]();
}, 60_000);

interface ImageConfig {
  User: string;
  Entrypoint: string[];
  Cmd: string[];
  Env: string[];
}

async function readConfig(): Promise<ImageConfig> {
  const [image] = JSON.parse(await podman('image', 'inspect', TAG));
  return image.Config;
}

describe('the image', () => {
  it('does not run as root, and has the V8 flags of npm start', async () => {
    const { User, Entrypoint, Cmd } = await readConfig();
    const flags = manifest.scripts.start.match(/--(?!require)[\w-]+(=\d+)?/g);

    expect(User).toBe('1000:1000');
    expect(Entrypoint).toEqual(['node', ...(flags ?? []), '/app/node_modules/.bin/customer-organizations-server']);
    expect(Cmd).toEqual(['serve']);
  });

  it('has the version of Node that the project is tested with', async () => {
    const dockerfile = await readFile(join(DEPLOY, 'Dockerfile'), 'utf8');

    expect(dockerfile).toContain(`ARG NODE_IMAGE=node:${manifest.devDependencies.node}-`);
  });

  it('lists its contents as CycloneDX', async () => {
    const { bomFormat, components } = JSON.parse(await readFile(join(root, 'app/sbom.json'), 'utf8'));
    const names = components.map(({ name }: { name: string }) => name);

    expect(bomFormat).toBe('CycloneDX');
    expect(names).toEqual(expect.arrayContaining(['customer-organizations-server', 'express', 'pg', 'pino']));
  });

  it('serves as its user on a read-only root, and ends at SIGTERM with 0', async () => {
    const { User, Entrypoint, Cmd, Env } = await readConfig();
    const tmp = join(folder.path, 'tmp');
    await mkdir(tmp, { mode: 0o777 });
    const chroot = `chroot --userspec=${User} "$ROOT" ${Entrypoint.join(' ')}`;
    const script = [
      // Both mounts end with this namespace.
      'mount --bind "$ROOT" "$ROOT" && mount -o remount,ro,bind "$ROOT" && ' +
        'mount -t tmpfs -o mode=1777 tmpfs "$ROOT/tmp"',
      // In production only `migrate` creates a database.
      `${chroot} migrate`,
      `exec ${chroot} ${Cmd.join(' ')}`,
    ].join(' && ');
    const settings = { PORT: '0', METRICS_PORT: '0', HOST: '127.0.0.1', DATABASE_PATH: '/tmp/data/x.db' };
    const child = spawn('unshare', ['--mount', 'sh', '-c', script], {
      env: {
        ...Object.fromEntries(Env.map((each) => each.split('='))),
        ...settings,
        ROOT: root,
        PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
      },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    const ended = once(child, 'close');
    onTestFinished(() => void child.kill('SIGKILL'));
    const probes = await vi.waitFor(() => {
      const [, found] = /"probesUrl":"([^"]+)"/.exec(output) ?? [];
      if (found === undefined) throw new Error(output);
      return found;
    }, 30_000);

    const ready = await exchange(probes, { method: 'GET', path: '/readyz' });
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    child.kill('SIGTERM');
    const [code] = await ended;

    expect(ready.status).toBe(200);
    expect(status).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m);
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(code).toBe(0);
  });
});
