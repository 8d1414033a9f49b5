// `npm run build` writes dist/: the JavaScript and types of the package. `npm pack` runs it first.
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import manifest from '../../../package.json' with { type: 'json' };
import { createCommand } from '../../command.ts';
import { MODULES, PROGRAMS, UNSEEN } from './entries.ts';
import { writeModule, writeProgram } from './write-entry.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const DIST = join(ROOT, 'dist');

/** What modules read beside themselves, and the compiler does not know of. */
const ASSETS = /\.(sql|cjs)$/;
/** Programs of the package are checked by their own launchers. */
const LEFT_OUT = 'require-node.cjs';
const SOURCES = ['server', 'mock'];

createCommand('build', 'Build the package into dist/.').parse();

await rm(DIST, { recursive: true, force: true });
await compile();
await reduceManifest();
await moveConformance();
await copyAssets();
await useBuiltNamesInTypes();
await writeEntries();

/** Exits when something does not compile; the compiler has said what. */
async function compile(): Promise<void> {
  const tsc = join(ROOT, 'node_modules/typescript-7/bin/tsc');
  await promisify(execFile)(process.execPath, [tsc, '--project', 'openapi/tooling/build'], { cwd: ROOT }).catch(
    ({ stdout }) => {
      console.error(stdout);
      process.exit(1);
    },
  );
}

/** Programs read their version from the manifest, and the compiler copies it. Only what describes the modules around it may stand in a nested one. */
async function reduceManifest(): Promise<void> {
  const { name, version, description, type, engines } = manifest;
  await writeFile(join(DIST, 'package.json'), JSON.stringify({ name, version, description, type, engines }));
}

/** The conformance command lives among the tests, but it is none of the package's own: it goes where nobody takes it for one. */
async function moveConformance(): Promise<void> {
  const target = join(DIST, 'conformance');
  await rename(join(DIST, 'test/conformance'), target);
  await rm(join(DIST, 'test'), { recursive: true });
  for (const name of await readdir(target)) {
    const text = await readFile(join(target, name), 'utf8');
    if (name.endsWith('.d.ts')) await rm(join(target, name));
    else await writeFile(join(target, name), text.replace(/(from\s*["'])\.\.\/\.\.\//g, '$1../'));
  }
}

async function copyAssets(): Promise<void> {
  await cp(join(ROOT, 'openapi/openapi.yaml'), join(DIST, 'openapi/openapi.yaml'));
  await cp(join(ROOT, 'openapi/tooling/build/require-peers.cjs'), join(DIST, 'require-peers.cjs'));
  for (const source of SOURCES) {
    for (const name of await readdir(join(ROOT, source), { recursive: true })) {
      if (!ASSETS.test(name) || name === LEFT_OUT) continue;
      await mkdir(dirname(join(DIST, source, name)), { recursive: true });
      await cp(join(ROOT, source, name), join(DIST, source, name));
    }
  }
}

/** The compiler rewrites the imports of JavaScript only; in types it leaves `.ts`, which is not there any more. */
async function useBuiltNamesInTypes(): Promise<void> {
  for (const name of await readdir(DIST, { recursive: true })) {
    if (!name.endsWith('.d.ts')) continue;
    const text = await readFile(join(DIST, name), 'utf8');
    await writeFile(join(DIST, name), text.replace(/((?:from|import\()\s*["']\.[^"']*)\.ts(["'])/g, '$1.js$2'));
  }
}

async function writeEntries(): Promise<void> {
  for (const [file, { subpath, source }] of Object.entries(MODULES)) {
    const exported = Object.keys(await import(join(DIST, `${source}.js`))).sort();
    const name = `${manifest.name}${subpath.slice(1)}`;
    await writeFile(join(DIST, file), writeModule(name, source, await peersOf(source, { later: false }), exported));
  }
  await mkdir(join(DIST, 'bin'), { recursive: true });
  for (const [name, source] of Object.entries(PROGRAMS)) {
    const file = join(DIST, 'bin', `${name}.cjs`);
    const node = manifest.engines.node.replace('>=', '');
    await writeFile(file, writeProgram(name, source, await peersOf(source, { later: true }), node));
    await chmod(file, 0o755);
  }
}

/**
 * The packages that a built module and all that it imports need, with the major version that the manifest asks for. For a program, what it
 * loads later counts too; for a module, whoever asks for that is told then.
 */
async function peersOf(source: string, { later }: { later: boolean }): Promise<Record<string, string>> {
  const entry = `dist/${source}.js`;
  const { metafile } = await build({
    entryPoints: [entry, ...Object.values(UNSEEN).flatMap(({ files }) => files)],
    absWorkingDir: ROOT,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    metafile: true,
    write: false,
    outdir: 'dist',
  });
  const found = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { path, kind, external } of metafile.inputs[file]?.imports ?? []) {
      if (kind === 'dynamic-import' && !later) continue;
      if (external) found.add(nameOf(path));
      else visit(path);
    }
    for (const name of UNSEEN[file]?.packages ?? []) found.add(name);
    for (const path of UNSEEN[file]?.files ?? []) visit(path);
  };
  visit(entry);
  const ranges: Record<string, string> = { ...manifest.peerDependencies };
  const peers = [...found].filter((name) => name in ranges).sort();
  return Object.fromEntries(peers.map((name) => [name, toInstall(ranges[name] ?? '*')]));
}

/** What to install for a range of versions: `^10.4.0` is `10`, `^0.1.2` is `0.1.2`, and an exact version is itself. */
function toInstall(range: string): string {
  return /^\^([1-9]\d*)\./.exec(range)?.[1] ?? range.replace('^', '');
}

/** The package that an import is of: `@scope/name/file` is of `@scope/name`. */
function nameOf(path: string): string {
  return path.split('/', path.startsWith('@') ? 2 : 1).join('/');
}
