// Damages pages of a SQLite file like a broken disk, and restores them.
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** The leaf pages of a table or an index, in the order of their keys. The file must not be open. */
export function leafPages(path: string, name: string): { number: number; bytes: number }[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const rows = database
      .prepare("SELECT pageno, pgsize FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path")
      .all(name);
    return rows.map((row) => ({ number: Number(row.pageno), bytes: Number(row.pgsize) }));
  } finally {
    database.close();
  }
}

/** Overwrites a page. The returned function restores it. */
export function damagePage(path: string, page: { number: number; bytes: number }): () => void {
  const offset = (page.number - 1) * page.bytes;
  const before = Buffer.alloc(page.bytes);
  const file = openSync(path, 'r+');
  try {
    readSync(file, before, 0, page.bytes, offset);
    writeSync(file, Buffer.alloc(page.bytes, 0xa5), 0, page.bytes, offset);
  } finally {
    closeSync(file);
  }
  return () => {
    const again = openSync(path, 'r+');
    writeSync(again, before, 0, page.bytes, offset);
    closeSync(again);
  };
}
