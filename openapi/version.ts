// The name and version of the package: of this repository, or of the package that this is a part of.
import { createRequire } from 'node:module';

interface Manifest {
  name: string;
  version: string;
  engines: { node: string };
}

// `import ... with { type: 'json' }` prints a warning on older Nodes.
export const manifest: Manifest = createRequire(import.meta.url)('../package.json');

/** The same for all packages: they are released together. */
export const { version } = manifest;
