// The files of the repository and the text of its documents, read once for all tests of a worker.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../support/project-copy.ts';

/** Folders that are not committed. */
export const BUILT = ['node_modules', 'dist', 'data', '.git', 'generated/reference'];

async function listFiles(folder = ''): Promise<string[]> {
  const entries = await readdir(join(ROOT, folder), { withFileTypes: true });
  const nested = entries.map((entry) => {
    const path = join(folder, entry.name);
    if (BUILT.some((built) => path === built || path.startsWith(`${built}-`))) return [];
    return entry.isDirectory() ? listFiles(path) : [path];
  });
  return (await Promise.all(nested)).flat();
}

/** The paths of all files, from the root. */
export const files = await listFiles();

/** All Markdown documents. */
export const documents = await Promise.all(
  files
    .filter((file) => file.endsWith('.md'))
    .map(async (path) => ({ path, text: await readFile(join(ROOT, path), 'utf8') })),
);

/** The text of a document, or an empty one. */
export const textOf = (path: string) => documents.find((each) => each.path === path)?.text ?? '';
