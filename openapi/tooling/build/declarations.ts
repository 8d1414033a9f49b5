// The type declarations of a package.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Relative imports in declarations: the text before and after the extension. */
const SPECIFIER = /((?:from|import|import\()\s*["']\.[^"']*)\.ts(["'])/g;

/** The declaration that the compiler writes for private members. It is an error in projects whose target is ES5. */
const PRIVATE = /^ *#private;\n/gm;

/**
 * Lets the declarations in a folder import built files. The compiler rewrites `.ts` in JavaScript only. With `commonJs`
 * there are also declarations for CommonJS, `.d.cts`, beside each.
 */
export async function finishDeclarations(folder: string, { commonJs = false } = {}): Promise<void> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.d.ts'));
  for (const path of names.map((name) => join(folder, name))) {
    const text = (await readFile(path, 'utf8')).replace(PRIVATE, '');
    if (commonJs) await writeFile(path.replace(/ts$/, 'cts'), text.replace(SPECIFIER, '$1.cjs$2'));
    await writeFile(path, text.replace(SPECIFIER, '$1.js$2'));
  }
}

/** Removes the declarations that no entry needs: the modules of a bundle have some, too. */
export async function removeUnusedDeclarations(folder: string, entries: readonly string[]): Promise<void> {
  const used = new Set<string>();
  const visit = async (path: string) => {
    if (used.has(path)) return;
    used.add(path);
    const text = await readFile(path, 'utf8');
    for (const [, , specifier = ''] of text.matchAll(IMPORT))
      await visit(join(dirname(path), specifier.replace(/\.ts$/, '.d.ts')));
  };
  for (const entry of entries) await visit(join(folder, `${entry}.d.ts`));
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    if (name.endsWith('.d.ts') && !used.has(path)) await rm(path);
  }
}

const IMPORT = /(from|import|import\()\s*["'](\.[^"']*\.ts)["']/g;
