// The packages of this repository.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Holds a folder and a tarball for each package. */
export const PACKAGES_FOLDER = join(ROOT, 'dist/packages');

export interface PackageSource {
  /** The end of its name on npm, which begins with `customer-organizations-`. */
  name: string;
  /** The folder of its package.json and README.md, from the root of the repository. */
  folder: string;
  /** The configuration of the compiler; its `files` are the entries. */
  tsconfig: string;
  /** Whether it serves the reference site. */
  site: boolean;
}

export const PACKAGES: readonly PackageSource[] = [
  { name: 'contract', folder: '.', tsconfig: 'openapi/client/tsconfig.build.json', site: false },
  { name: 'server', folder: 'server', tsconfig: 'server/tsconfig.build.json', site: true },
  { name: 'mock', folder: 'mock', tsconfig: 'mock/tsconfig.build.json', site: true },
  {
    ...{ name: 'conformance', folder: 'test/conformance', site: false },
    tsconfig: 'test/conformance/tsconfig.build.json',
  },
];

/** Where the contents of a package are built. */
export const folderOf = ({ name }: PackageSource) => join(PACKAGES_FOLDER, name);
