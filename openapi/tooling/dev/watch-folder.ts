// Watches a folder and all folders in it. One watcher for each folder: Node's own recursive watching (24.21, Linux) watches files, and falls silent after
// the first save of an editor that writes a draft and renames it.
import { watch } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Tells the path, from the root on, of whatever is written, made, renamed or deleted. */
export async function watchFolder(root: string, folder: string, tell: (path: string) => void): Promise<void> {
  const watched = new Set<string>();
  const add = async (path: string) => {
    if (watched.has(path)) return;
    watched.add(path);
    const watcher = watch(join(root, path), (event, name) => {
      if (name === null) return;
      tell(join(path, name));
      // It may be a new folder, or this one may be gone.
      if (event === 'rename') void addAll(join(path, name));
    });
    watcher.on('error', () => watcher.close());
    watcher.on('close', () => watched.delete(path));
    await addAll(path);
  };
  const addAll = async (path: string) => {
    const entries = await readdir(join(root, path), { withFileTypes: true }).catch(() => undefined);
    if (entries === undefined) return;
    if (!watched.has(path)) return add(path);
    await Promise.all(entries.filter((entry) => entry.isDirectory()).map(({ name }) => add(join(path, name))));
  };
  await add(folder);
}
