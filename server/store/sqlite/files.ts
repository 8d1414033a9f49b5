// Notices that the files of an open database were deleted or replaced. SQLite goes on writing into files without a name, which are gone when it closes them.
import { statSync } from 'node:fs';
import { StoreUnavailable } from '../store.ts';

/**
 * Remembers which files the open database has. The function that it gives throws `StoreUnavailable` while another file, or none, is in the place of one
 * of them. It costs a few microseconds.
 */
export function watchFiles(path: string): () => void {
  if (path === ':memory:') return () => undefined;
  // The write-ahead log, and the index to it that processes share (https://www.sqlite.org/walformat.html).
  const files = [path, `${path}-wal`, `${path}-shm`].map((file) => ({ file, id: idOf(file) }));
  return () => {
    const lost = files.find(({ file, id }) => idOf(file) !== id);
    if (!lost) return;
    throw new StoreUnavailable(
      `${lost.file} was deleted or replaced while it is open. Nothing more is written. What is stored is still in the open files: put the file back, or end this process with SIGTERM, which moves all of the -wal file into the database.`,
    );
  };
}

function idOf(file: string): string | undefined {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}
