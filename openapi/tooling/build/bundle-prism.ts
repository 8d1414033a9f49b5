// Puts Prism's engine into the mock package, instead of a dependency. Prism declares Node 24, although the engine runs
// on 22, so Yarn 1 would refuse it there; it runs an install script that reports to its maker; and it brings 60 MB,
// most of which the engine never loads.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { ROOT } from '../../contract-paths.ts';

/** Replaces mock/prism/prism-engine.js, which has the same exports. */
export async function bundlePrism(folder: string): Promise<void> {
  const { metafile } = await build({
    stdin: {
      contents: `import * as prism from '@stoplight/prism-http'; export { prism };`,
      resolveDir: join(ROOT, 'mock'),
    },
    outfile: join(folder, 'mock/prism/prism-engine.js'),
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    // Prism is CommonJS, and requires modules of Node.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    plugins: [loadOnDemand, useModules],
    metafile: true,
    allowOverwrite: true,
    logLevel: 'error',
  });
  // These declarations import a package that is not installed, and the entry does not need them.
  await Promise.all(['engine', 'worker'].map((each) => rm(join(folder, `mock/prism/prism-${each}.d.ts`))));
  await writeFile(
    join(folder, 'mock/prism/prism-engine-licenses.txt'),
    await collectLicenses(Object.keys(metafile.inputs)),
  );
}

/** The replacements of modules, as in mock/prism/prism-engine.ts, which are evaluated on first use. */
const ON_DEMAND: Record<string, string> = {
  // Contains English words only: all 70 languages would add 8 MB to the bundle.
  '@faker-js/faker': "exports.faker = proxy(() => require('@faker-js/faker/locale/en').faker);",
  '@stoplight/http-spec/postman/operation':
    "module.exports = proxy(() => require('@stoplight/http-spec/postman/operation'));",
};

const PROXY =
  'const proxy = (load) => new Proxy({}, ' +
  '{ get: (_, name) => Reflect.get(load(), name), has: (_, name) => Reflect.has(load(), name) });\n';

const loadOnDemand: Plugin = {
  name: 'load-on-demand',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@/ }, ({ path, resolveDir, namespace }) =>
      path in ON_DEMAND && namespace === 'file' ? { path, namespace: 'on-demand', pluginData: resolveDir } : undefined,
    );
    onLoad({ filter: /./, namespace: 'on-demand' }, ({ path, pluginData }) => ({
      contents: PROXY + ON_DEMAND[path],
      resolveDir: pluginData,
    }));
  },
};

/**
 * The main file of jsonc-parser passes `require` on, so a bundler cannot follow it. Its ES modules have the same
 * exports.
 */
const useModules: Plugin = {
  name: 'use-modules',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^jsonc-parser$/ }, ({ path, kind, resolveDir }) =>
      resolve(`${path}/lib/esm/main.js`, { kind, resolveDir }),
    );
  },
};

/** The licences of all packages in the bundle, which must go with copies of them. */
async function collectLicenses(inputs: string[]): Promise<string> {
  const folders = inputs.flatMap((path) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  const texts = [...new Set(folders)].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8'));
    const files = (await readdir(join(ROOT, folder))).filter((file) => /^(licen[cs]e|notice)/i.test(file));
    const contents = await Promise.all(files.map((file) => readFile(join(ROOT, folder, file), 'utf8')));
    return [`${name} ${version} (${license})`, ...contents].join('\n\n');
  });
  return `${(await Promise.all(texts)).join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
