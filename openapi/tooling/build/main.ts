// `npm run build` writes dist/: the JavaScript and types of the package. `npm pack` runs it first.
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import manifest from '../../../package.json' with { type: 'json' };
import { createCommand } from '../../command.ts';
import { DYNAMIC_LOADS, MODULES, PROGRAMS } from './entries.ts';
import { writeModule, writeProgram } from './write-entry.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const DIST = join(ROOT, 'dist');

/** Files that modules read, which the compiler does not copy. */
const ASSETS = /\.(sql|cjs|openapi\.yaml)$/;
/** The programs of the package have launchers of their own. */
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

/** Prints the errors of the compiler and exits when there are any. */
async function compile(): Promise<void> {
  const tsc = join(ROOT, 'node_modules/typescript-7/bin/tsc');
  await promisify(execFile)(process.execPath, [tsc, '--project', 'openapi/tooling/build'], { cwd: ROOT }).catch(
    ({ stdout }) => {
      console.error(stdout);
      process.exit(1);
    },
  );
}

/** Programs read their version from the manifest, which the compiler copies. A nested one has no dependencies. */
async function reduceManifest(): Promise<void> {
  const { name, version, description, type, engines } = manifest;
  await writeFile(join(DIST, 'package.json'), JSON.stringify({ name, version, description, type, engines }));
}

/** The conformance command is developed in test/, but is no test of the package: moves it out of dist/test/. */
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

/** The compiler rewrites `.ts` in the imports of JavaScript, but not in those of types. */
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
 * The peer dependencies of a built module and all its imports, with their major versions. A program includes dynamic
 * imports (`later`); a module does not, since they are checked when they happen.
 */
async function peersOf(source: string, { later }: { later: boolean }): Promise<Record<string, string>> {
  const entry = `dist/${source}.js`;
  const { metafile } = await build({
    entryPoints: [entry, ...Object.values(DYNAMIC_LOADS).flatMap(({ files }) => files)],
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
    for (const name of DYNAMIC_LOADS[file]?.packages ?? []) found.add(name);
    for (const path of DYNAMIC_LOADS[file]?.files ?? []) visit(path);
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

/** The package of an import path: `@scope/name` of `@scope/name/file`. */
function nameOf(path: string): string {
  return path.split('/', path.startsWith('@') ? 2 : 1).join('/');
}
