// Bundles the JavaScript of the packages contract and conformance.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build, transform } from 'esbuild';
import { ROOT } from '../../contract-paths.ts';

/** The targets: Node 20, and browsers of the last four years. */
const CLIENT_TARGET = 'es2022';
/** The length of a line in characters, after which it is broken where the syntax allows. */
const LINE_LIMIT = 120;

/** The entries of the contract package, without their extension. */
export const CONTRACT_ENTRIES = [
  'openapi/client/index',
  'openapi/schemas/index',
  'generated/examples',
  'mock/browser/index',
];

/** Bundles each entry as one file, for `import` and for `require`. */
export async function bundleContract(folder: string): Promise<void> {
  await Promise.all(CONTRACT_ENTRIES.map((entry) => bundleEntry(entry, join(folder, entry))));
}

async function bundleEntry(entry: string, target: string): Promise<void> {
  // The compiled validators are half white space. Lines are limited, because Node prints the line of an uncaught error.
  const isMinified = entry !== CONTRACT_ENTRIES[0];
  const minified = { minifyWhitespace: isMinified, minifySyntax: isMinified, lineLimit: LINE_LIMIT };
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, `${entry}.ts`)],
    bundle: true,
    write: false,
    // The only dependency of the package. Everything else that an entry needs is a few lines, and is bundled.
    external: ['openapi-fetch'],
    format: 'esm',
    target: CLIENT_TARGET,
    ...minified,
    logLevel: 'error',
  });
  const module = outputFiles[0]?.text ?? '';
  // Converts the text, because esbuild would interpret a file of a package of ES modules differently: it would take the
  // whole exports of openapi-fetch for its default export.
  const { code } = await transform(module, {
    format: 'cjs',
    platform: 'node',
    target: CLIENT_TARGET,
    ...minified,
  });
  await mkdir(dirname(target), { recursive: true });
  await Promise.all([writeFile(`${target}.js`, module), writeFile(`${target}.cjs`, code)]);
}

/** The module of the conformance package, without its extension. It is developed in test/, but is no test. */
export const CONFORMANCE_ENTRY = 'lib/conformance/index';

/** The command, the module, and the chunks that both share. The command checks Node before it loads the others. */
export async function bundleConformance(folder: string): Promise<void> {
  await build({
    entryPoints: {
      'bin/customer-organizations-conformance': join(ROOT, 'test/conformance/main.ts'),
      [CONFORMANCE_ENTRY]: join(ROOT, 'test/conformance/index.ts'),
    },
    outdir: folder,
    chunkNames: 'bin/[name]-[hash]',
    bundle: true,
    splitting: true,
    // The package.json of the client says that no module has side effects: the check of Node is one.
    ignoreAnnotations: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node22',
    logLevel: 'error',
  });
}
