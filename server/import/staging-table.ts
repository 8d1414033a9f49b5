// Keeps the rows of an import until the whole file is validated, in a SQLite database in an unnamed temporary file,
// which disappears with the process.
import { BatchInsert } from '../sqlite/batch-insert.ts';
import { DatabaseSync } from '../sqlite/database.ts';
import type { Customer } from '../store/records.ts';

/** The page cache in KiB; the rest is written to the temporary file. */
const CACHE_KIB = 4096;

/** The number of customers in a batch. */
const BATCH_SIZE = 1000;

/** An ID with another name than in an earlier row. */
export interface NameConflict {
  id: string;
  position: number;
  name: string;
  first: { position: number; name: string };
}

export class StagingTable implements Disposable {
  readonly #database = new DatabaseSync('');
  readonly #insert: BatchInsert;

  constructor() {
    // The data is not needed after a crash. The helper thread sorts while this one reads.
    this.#database.exec(
      `PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -${CACHE_KIB}; PRAGMA threads = 1;
       CREATE TABLE rows (position INTEGER NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL) STRICT;
       BEGIN`,
    );
    this.#insert = new BatchInsert(this.#database, 'rows (position, id, name)', 3);
  }

  add(position: number, id: string, name: string): void {
    this.#insert.add(position, id, name);
  }

  /** Yields each ID once, in batches sorted by ID. Reports an ID that is repeated with another name. */
  *customers(onConflict: (conflict: NameConflict) => void): Generator<Customer[]> {
    this.#insert.flush();
    const select = this.#database.prepare('SELECT id, name, position FROM rows ORDER BY id, position');
    select.setReturnArrays(true);
    let first = { id: '', name: '', position: 0 };
    let batch: Customer[] = [];
    // node:sqlite types rows as objects, but this statement returns arrays. The table is STRICT, so the types are
    // certain.
    for (const [id, name, position] of select.iterate() as Iterable<unknown> as Iterable<[string, string, number]>) {
      if (id === first.id) {
        if (name !== first.name) onConflict({ id, position, name, first });
        continue;
      }
      first = { id, name, position };
      batch.push({ id, name });
      if (batch.length === BATCH_SIZE) {
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0) yield batch;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
