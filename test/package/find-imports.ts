// Finds the packages that a packed package imports.
import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';
import { listFiles } from './consumer.ts';

/** The packages that the modules and declarations in a folder import, with the packages that have their types. */
export async function findImports(folder: string): Promise<string[]> {
  const own = (await listFiles(folder)).filter((file) => !file.startsWith('node_modules/'));
  const found = new Set<string>();
  for (const file of own.filter((each) => /\.(c?js|d\.c?ts)$/.test(each) && !each.startsWith('generated/reference'))) {
    // The bundle requires no other packages.
    if (file === 'mock/prism/prism-engine.js') continue;
    const text = await readFile(join(folder, file), 'utf8');
    const required = [...text.matchAll(/createRequire\(import\.meta\.url\)\('([^']+)'\)/g)].map(
      ([, path = '']) => path,
    );
    const imported = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
    // TypeScript misses imports after some regular expressions of a bundle.
    const bundled = [...text.matchAll(/^import .* from "([^"]+)";$/gm)].map(([, path = '']) => path);
    for (const fileName of [...imported, ...bundled, ...required]) {
      if (fileName.startsWith('.')) continue;
      const isNode = isBuiltin(fileName);
      if (!isNode) found.add(fileName.split('/', fileName.startsWith('@') ? 2 : 1).join('/'));
      if (file.endsWith('.d.ts') && (isNode || fileName === 'express'))
        found.add(isNode ? '@types/node' : '@types/express');
    }
  }
  // A peer dependency of a dependency, which Yarn 1 would miss.
  if (found.has('express-openapi-validator')) found.add('@types/json-schema');
  return [...found].sort();
}
