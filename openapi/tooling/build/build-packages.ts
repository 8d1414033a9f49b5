// Builds the contents of each package. The tree of files is that of the repository, so that all paths between modules,
// and to the files that they read, stay as they are.
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../contract-paths.ts';
import { loadLiveContracts } from '../../model/load/load-live-contracts.ts';
import { buildSite } from '../../reference/build/build-site.ts';
import { bundleConformance, bundleContract, CONFORMANCE_ENTRY, CONTRACT_ENTRIES } from './bundle.ts';
import { bundlePrism } from './bundle-prism.ts';
import { finishDeclarations, removeUnusedDeclarations } from './declarations.ts';
import { writeManifest, writeShrinkwrap } from './manifest.ts';
import { addressOf, documentsOf, folderOf, PACKAGES, PACKAGES_FOLDER, type PackageSource } from './packages.ts';
import { packageDocument } from './readme.ts';

const SITE = join(ROOT, 'generated/reference');

/** @throws Error when the contract or a module has errors; dist/packages/ is incomplete then */
export async function buildPackages(): Promise<void> {
  await rm(PACKAGES_FOLDER, { recursive: true, force: true });
  await buildSite(await loadLiveContracts(join(ROOT, 'openapi/openapi.yaml')), SITE);
  await Promise.all(PACKAGES.map(buildPackage));
}

async function buildPackage(source: PackageSource): Promise<void> {
  const { name, tsconfig } = source;
  const target = folderOf(source);
  await mkdir(target, { recursive: true });
  await compile(name, tsconfig);
  // A package with a folder test/ looks as if it contained its tests.
  if (name === 'conformance') await rename(join(target, 'test'), join(target, 'lib'));
  const entries = BUNDLED_ENTRIES[name];
  if (entries) await removeUnusedDeclarations(target, entries);
  await finishDeclarations(target, { commonJs: name === 'contract' });
  await BUNDLES[name]?.(target);
  await copyAssets(source, target);
  await writeManifest(source, target);
  if (name !== 'contract') await writeShrinkwrap(target);
}

/** The entries of the packages whose modules are no files of the package. */
const BUNDLED_ENTRIES: Record<string, readonly string[]> = {
  contract: CONTRACT_ENTRIES,
  conformance: [CONFORMANCE_ENTRY],
};

const BUNDLES: Record<string, (folder: string) => Promise<void>> = {
  contract: bundleContract,
  mock: bundlePrism,
  conformance: bundleConformance,
};

/** Emits the entries of a package, and all that they import. */
async function compile(name: string, tsconfig: string): Promise<void> {
  const tsc = join(ROOT, 'node_modules/typescript-7/bin/tsc');
  await promisify(execFile)(process.execPath, [tsc, '--project', tsconfig], { cwd: ROOT }).catch(({ stdout }) => {
    throw new Error(`The package ${name} does not compile:\n${stdout}`);
  });
}

async function copyAssets(source: PackageSource, target: string): Promise<void> {
  const { name, site } = source;
  const copy = (from: string, to = from) => cp(join(ROOT, from), join(target, to), { recursive: true });
  await Promise.all([copy('LICENSE'), copy('CHANGELOG.md')]);
  for (const path of documentsOf(source)) {
    const text = packageDocument(await readFile(join(ROOT, path), 'utf8'), path, source);
    const address = join(target, addressOf(path, source) ?? path);
    await mkdir(dirname(address), { recursive: true });
    await writeFile(address, text);
  }
  if (site) await cp(SITE, join(target, 'generated/reference'), { recursive: true });
  if (name === 'contract') {
    await copy('openapi/openapi.yaml', 'openapi.yaml');
    // The JSON is for programs; people read the YAML.
    const bundled: unknown = JSON.parse(await readFile(join(ROOT, 'generated/openapi.json'), 'utf8'));
    await writeFile(join(target, 'openapi.json'), JSON.stringify(bundled));
  }
  if (name === 'mock') await copy('mock/control/control.openapi.yaml');
  if (name === 'server')
    await Promise.all(
      [
        'deploy',
        'store/sqlite/schema/migrations',
        'store/postgres/schema/migrations',
        'store/postgres/DISTRIBUTION.md',
      ].map((each) => copy(join('server', each))),
    );
}
