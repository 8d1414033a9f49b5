// Bundles the JavaScript of the packages contract and conformance.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build, type TransformOptions, transform } from 'esbuild';
import { ROOT } from '../../contract-paths.ts';

/** The targets: Node 20, and browsers of the last four years. */
const CLIENT_TARGET = 'es2022';
/** The length of a line in characters, after which it is broken where the syntax allows. */
const LINE_LIMIT = 120;

/** The client. It stays readable, and in one file. */
const CLIENT_ENTRY = 'openapi/client/index';
/** The entries with compiled validators, which are half white space, or with data. */
const MINIFIED_ENTRIES = ['openapi/schemas/index', 'generated/examples', 'mock/browser/index'];
/** The entries of the contract package, without their extension. */
export const CONTRACT_ENTRIES = [CLIENT_ENTRY, ...MINIFIED_ENTRIES];

/** Bundles the entries, for `import` and for `require`. What several of them contain becomes a shared chunk. */
export async function bundleContract(folder: string): Promise<void> {
  await Promise.all(
    (['.js', '.cjs'] as const).flatMap((extension) => [
      bundleEntries([CLIENT_ENTRY], false, extension, folder),
      bundleEntries(MINIFIED_ENTRIES, true, extension, folder),
    ]),
  );
}

async function bundleEntries(
  entries: readonly string[],
  isMinified: boolean,
  extension: '.js' | '.cjs',
  folder: string,
): Promise<void> {
  const options = {
    target: CLIENT_TARGET,
    minifyWhitespace: isMinified,
    minifySyntax: isMinified,
    lineLimit: LINE_LIMIT, // Node prints the line of an uncaught error.
  };
  const { outputFiles } = await build({
    entryPoints: entries.map((entry) => join(ROOT, `${entry}.ts`)),
    outbase: ROOT,
    outdir: folder,
    outExtension: { '.js': extension },
    chunkNames: 'openapi/chunks/[hash]',
    bundle: true,
    splitting: true,
    write: false,
    // The only dependency of the package. Everything else that an entry needs is a few lines, and is bundled.
    external: ['openapi-fetch'],
    format: 'esm',
    logLevel: 'error',
    ...options,
  });
  for (const { path, text } of outputFiles) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, extension === '.js' ? text : await toCommonJs(text, options));
  }
}

/**
 * Converts the text, because esbuild would interpret a file of a package of ES modules differently: it would take the
 * whole exports of openapi-fetch for its default export.
 */
async function toCommonJs(module: string, options: TransformOptions): Promise<string> {
  return (await transform(module, { ...options, format: 'cjs', platform: 'node' })).code;
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
