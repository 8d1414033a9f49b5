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
  const files = [
    { file: path, advice: RESCUE },
    { file: `${path}-wal`, advice: END },
    { file: `${path}-shm`, advice: END },
  ].map((each) => ({ ...each, id: idOf(each.file) }));
  return () => {
    const lost = files.find(({ file, id }) => idOf(file) !== id);
    if (lost) throw new StoreUnavailable(`${lost.file} was deleted or replaced while it is open. ${lost.advice}`);
  };
}

const RESCUE =
  'Nothing more is stored. Put it back. If it cannot be put back, do not end this process yet: on Linux the file and its -wal can still be copied from /proc/PID/fd.';
const END = 'Nothing more is stored. End this process with SIGTERM: that moves everything into the database.';

function idOf(file: string): string | undefined {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}
