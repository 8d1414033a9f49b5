// Compiles schemas to JavaScript that needs neither ajv nor `eval`, so that it runs under any content security policy.
import { Ajv2020 as Ajv, type CodeOptions, type Options } from 'ajv/dist/2020.js';
import standaloneCode from 'ajv/dist/standalone/index.js';
import formats from 'ajv-formats';
import { build } from 'esbuild';
import { ROOT } from '../contract-paths.ts';
import type { Contract, Schema } from '../model/contract.ts';

const CONTRACT = 'contract';

/** Keywords that say nothing about which values are valid. `examples` stay, because messages quote them. */
const ANNOTATIONS = new Set(['title', 'description', '$comment', 'externalDocs', 'example', 'deprecated']);
/** Keywords whose value is a map of schemas by name. */
const MAPS = new Set(['properties', 'patternProperties', '$defs', 'dependentSchemas']);

/** A module that exports a validator for each schema, by name. */
export function compileSchemas(contract: Contract, schemas: ReadonlyMap<string, Schema>, options: Options): string {
  const code: CodeOptions = { source: true, esm: true, lines: true };
  const ajv = new Ajv({
    ...{ strict: false, validateSchema: false, discriminator: true, allErrors: true, verbose: true, code },
    ...options,
  });
  formats.default(ajv);
  ajv.addSchema(toStandalone({ $id: CONTRACT, components: contract.components }));
  for (const [name, schema] of schemas) ajv.addSchema({ ...toStandalone(schema), $id: name });
  const text = standaloneCode.default(ajv, Object.fromEntries([...schemas.keys()].map((name) => [name, name])));
  // Ajv writes modules that require their parts.
  return text.replace(/const (\w+) = require\("([^"]+)"\)\.default;/g, 'import $1 from "$2";');
}

/** The schema without annotations, and with absolute references. */
function toStandalone(schema: object): Schema {
  const visit = (node: unknown, isMap: boolean): unknown => {
    if (Array.isArray(node)) return node.map((each) => visit(each, false));
    if (typeof node !== 'object' || node === null) return node;
    const entries = Object.entries(node).filter(([key]) => isMap || !ANNOTATIONS.has(key));
    return Object.fromEntries(entries.map(([key, value]) => [key, visitKeyword(key, value, isMap)]));
  };
  const visitKeyword = (key: string, value: unknown, isMap: boolean): unknown => {
    if (isMap) return visit(value, false);
    if (key === '$ref' && typeof value === 'string' && value.startsWith('#')) return `${CONTRACT}${value}`;
    if (key === 'const' || key === 'enum' || key === 'default' || key === 'examples') return value;
    return visit(value, MAPS.has(key));
  };
  return visit(schema, false) as Schema; // A schema remains a schema.
}

/** Bundles a module with the modules that it imports by name, and with the parts of ajv that they need. */
export async function bundleModules(entry: string, modules: Readonly<Record<string, string>>): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: ROOT },
    // The output contains the paths of modules, which must not depend on the folder of the project.
    absWorkingDir: ROOT,
    preserveSymlinks: true,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['main'],
    target: 'es2022',
    charset: 'utf8',
    write: false,
    plugins: [
      {
        name: 'modules',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^module:/ }, ({ path }) => ({ path, namespace: 'modules' }));
          onLoad({ filter: /.*/, namespace: 'modules' }, ({ path }) => ({
            contents: modules[path.replace('module:', '')] ?? '',
            resolveDir: ROOT,
          }));
          onLoad({ filter: /ajv[/\\]dist[/\\]runtime[/\\]ucs2length\.js$/ }, () => ({ contents: COUNT_CHARACTERS }));
        },
      },
    ],
  });
  return outputFiles[0]?.text ?? '';
}

/** Ajv's own is CommonJS, and would need a loader. */
const COUNT_CHARACTERS = `export default function countCharacters(text) {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
`;
