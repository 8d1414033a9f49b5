// The package.json and the npm-shrinkwrap.json of a package.
import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../contract-paths.ts';
import { runNpm } from './npm.ts';
import type { PackageSource } from './packages.ts';

/** Fields of a workspace that are for development. `publishConfig` has the fields for the built files. */
const LEFT_OUT = ['private', 'workspaces', 'scripts', 'devDependencies', 'allowScripts', 'scarfSettings'];

/** Settings of npm in `publishConfig`; the rest are fields of the published package.json, as in pnpm and Yarn. */
const NPM_SETTINGS = ['access', 'provenance'];

export async function writeManifest({ folder }: PackageSource, target: string): Promise<void> {
  const root = await readManifest('.');
  const { publishConfig, ...own } = await readManifest(folder);
  const isSetting = ([field]: [string, unknown]) => NPM_SETTINGS.includes(field);
  const published = Object.entries(publishConfig);
  const manifest: Manifest = {
    ...own,
    version: root.version,
    license: root.license,
    repository: { ...root.repository, ...(folder !== '.' && { directory: folder }) },
    ...Object.fromEntries(published.filter((entry) => !isSetting(entry))),
    publishConfig: Object.fromEntries(published.filter(isSetting)),
  };
  for (const field of LEFT_OUT) delete manifest[field];
  await writeFile(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

// biome-ignore lint/suspicious/noExplicitAny: manifests differ in their fields.
type Manifest = Record<string, any>;

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8'));
}

/** Pins all dependencies, indirect ones too, to the versions that are tested here. */
export async function writeShrinkwrap(target: string): Promise<void> {
  const lock = join(target, 'package-lock.json');
  await cp(join(ROOT, 'package-lock.json'), lock);
  // Removes what the package does not need. All versions are in the lockfile, so no registry is asked.
  await runNpm(['install', '--package-lock-only', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'], target);
  await rename(lock, join(target, 'npm-shrinkwrap.json'));
}
