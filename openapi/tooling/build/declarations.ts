// The type declarations of a package.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Relative imports in declarations: what stands before and after the extension. */
const SPECIFIER = /((?:from|import|import\()\s*["']\.[^"']*)\.ts(["'])/g;

/**
 * Lets the declarations in a folder import built files. The compiler rewrites `.ts` in JavaScript only. With `commonJs`
 * there are also declarations for CommonJS, `.d.cts`, beside each.
 */
export async function finishDeclarations(folder: string, { commonJs = false } = {}): Promise<void> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.d.ts'));
  for (const path of names.map((name) => join(folder, name))) {
    const text = await readFile(path, 'utf8');
    if (commonJs) await writeFile(path.replace(/ts$/, 'cts'), text.replace(SPECIFIER, '$1.cjs$2'));
    await writeFile(path, text.replace(SPECIFIER, '$1.js$2'));
  }
}
