// The name and version of the package, which is this repository or the package that contains this file.
import { createRequire } from 'node:module';

interface Manifest {
  name: string;
  version: string;
  engines: { node: string };
}

// `import ... with { type: 'json' }` prints a warning on older Nodes.
export const manifest: Manifest = createRequire(import.meta.url)('../package.json');

/** The version of all packages, which are released together. */
export const { version } = manifest;
