// Where the rows of a file wait until all of it is known to be right: a private SQLite database in a temporary file without a name, which is gone with the process.
import { DatabaseSync } from 'node:sqlite';
import { BatchInsert } from '../sqlite/batch-insert.ts';
import type { Customer } from '../store/store.ts';

/** Pages in memory, in KiB; what is more goes to the file. */
const CACHE_KIB = 4096;

/** Rows that are kept in one go. */
const BATCH = 1000;

/** Two names for one ID. */
export interface Conflict {
  id: string;
  place: number;
  name: string;
  firstPlace: number;
  firstName: string;
}

export class Staging implements Disposable {
  readonly #database = new DatabaseSync('');
  readonly #rows: BatchInsert;

  constructor() {
    // Nobody needs this database after a crash. The helper thread sorts while this one reads.
    this.#database.exec(
      `PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -${CACHE_KIB}; PRAGMA threads = 1;
       CREATE TABLE rows (place INTEGER NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL) STRICT;
       BEGIN`,
    );
    this.#rows = new BatchInsert(this.#database, 'rows (place, id, name)', 3);
  }

  add(place: number, id: string, name: string): void {
    this.#rows.add(place, id, name);
  }

  /** Every ID once, in batches sorted by ID. An ID that comes again with another name is told of, and not given again. */
  *customers(onConflict: (conflict: Conflict) => void): Generator<Customer[]> {
    this.#rows.flush();
    const select = this.#database.prepare('SELECT id, name, place FROM rows ORDER BY id, place');
    select.setReturnArrays(true);
    let first = { id: '', name: '', place: 0 };
    let batch: Customer[] = [];
    // The types of node:sqlite know rows as objects only; the table is STRICT.
    for (const [id, name, place] of select.iterate() as Iterable<unknown> as Iterable<[string, string, number]>) {
      if (id === first.id) {
        if (name !== first.name) onConflict({ id, place, name, firstPlace: first.place, firstName: first.name });
        continue;
      }
      first = { id, name, place };
      batch.push({ id, name });
      if (batch.length === BATCH) {
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
