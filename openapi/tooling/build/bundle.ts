// The JavaScript of the packages that are bundled: the client, and the conformance command.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build, transform } from 'esbuild';
import { ROOT } from './packages.ts';

/** Node 20, and browsers of the last four years. */
const CLIENT_TARGET = 'es2022';

/** The client as one file, for `import` and for `require`. */
export async function bundleClient(folder: string): Promise<void> {
  const entry = join(folder, 'openapi/client/index');
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'openapi/client/index.ts')],
    bundle: true,
    write: false,
    packages: 'external',
    format: 'esm',
    target: CLIENT_TARGET,
    logLevel: 'error',
  });
  const module = outputFiles[0]?.text ?? '';
  // Converted as a text: what is built from a file of a package of modules would take all that openapi-fetch exports
  // for its default export.
  const { code } = await transform(module, { format: 'cjs', platform: 'node', target: CLIENT_TARGET });
  await mkdir(dirname(entry), { recursive: true });
  await Promise.all([writeFile(`${entry}.js`, module), writeFile(`${entry}.cjs`, code)]);
}

/** The command, and the chunk that it loads when it has checked Node. It is developed in test/, but is no test. */
export async function bundleConformance(folder: string): Promise<void> {
  await build({
    entryPoints: { 'customer-organizations-conformance': join(ROOT, 'test/conformance/main.ts') },
    outdir: join(folder, 'bin'),
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node22',
    logLevel: 'error',
  });
}
