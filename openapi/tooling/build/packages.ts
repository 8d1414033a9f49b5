// The packages of this repository.
import { join } from 'node:path';
import { ROOT } from '../../contract-paths.ts';

/** The folder with a folder and a tarball for each package. */
export const PACKAGES_FOLDER = join(ROOT, 'dist/packages');

export interface PackageSource {
  /** The part of its npm name after `customer-organizations-`. */
  name: string;
  /** The folder of its package.json and README.md, from the root of the repository. */
  folder: string;
  /** The configuration of the compiler; its `files` are the entries. */
  tsconfig: string;
  /** Whether it serves the reference site. */
  site: boolean;
  /** Documents besides its README.md, from the root of the repository. They have the same paths in the package. */
  documents?: readonly string[];
}

export const PACKAGES: readonly PackageSource[] = [
  {
    ...{ name: 'contract', folder: '.', site: false },
    tsconfig: 'openapi/client/tsconfig.build.json',
    // This package contains the client and the browser mock.
    documents: ['openapi/client/README.md', 'mock/README.md'],
  },
  { name: 'server', folder: 'server', tsconfig: 'server/tsconfig.build.json', site: true },
  { name: 'mock', folder: 'mock', tsconfig: 'mock/tsconfig.build.json', site: true },
  {
    ...{ name: 'conformance', folder: 'test/conformance', site: false },
    tsconfig: 'test/conformance/tsconfig.build.json',
  },
];

/** The paths of all documents of a package, in the repository. */
export const documentsOf = ({ folder, documents = [] }: PackageSource) => [join(folder, 'README.md'), ...documents];

/** The path in a package of a file of the repository; undefined for one that the package does not have. */
export function addressOf(path: string, { name, folder, documents = [] }: PackageSource): string | undefined {
  if (path === join(folder, 'README.md')) return 'README.md';
  if (name === 'contract' && path === 'openapi/openapi.yaml') return 'openapi.yaml';
  const isOwn = folder !== '.' && path.startsWith(`${folder}/`);
  return isOwn || ['LICENSE', 'CHANGELOG.md', ...documents].includes(path) ? path : undefined;
}

/** Where the contents of a package are built. */
export const folderOf = ({ name }: PackageSource) => join(PACKAGES_FOLDER, name);
