// A temporary table with a part of an import. SQLite keeps it outside the file, so it locks nothing.
import type { DatabaseSync } from 'node:sqlite';
import { BatchInsert } from '../../../sqlite/batch-insert.ts';
import type { Customer } from '../../records.ts';
import type { ImportCount } from '../../store.ts';
import { transact } from '../transact.ts';

let tables = 0;

/** The size of the header of a row in bytes. */
const ROW_BYTES = 8;

export class IncomingTable implements Disposable {
  readonly #database: DatabaseSync;
  readonly name: string;
  /** The number of customers in the table, and of the bytes that they take. */
  rows = 0;
  bytes = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
    // Numbered, because two imports may run on one connection.
    tables += 1;
    this.name = `temp.incoming_${tables}`;
    database.exec(`CREATE TABLE ${this.name} (customer_id TEXT NOT NULL, name TEXT NOT NULL) STRICT`);
  }

  /** Replaces the content of the table. */
  fill(customers: readonly Customer[]): void {
    transact(this.#database, 'BEGIN', () => {
      this.#database.exec(`DELETE FROM ${this.name}`);
      const insert = new BatchInsert(this.#database, `${this.name} (customer_id, name)`, 2);
      for (const { id, name } of customers) insert.add(id, name);
      insert.flush();
    });
    this.rows = customers.length;
    this.bytes = customers.reduce((sum, { id, name }) => sum + ROW_BYTES + id.length + Buffer.byteLength(name), 0);
  }

  /** Counts the changes that adding these customers to the account would make. */
  countChanges(account: string): ImportCount {
    const row = this.#database
      .prepare(
        `SELECT count(*) AS total, count(known_name) AS known, coalesce(sum(known_name <> name), 0) AS renamed FROM (
           SELECT i.name, coalesce(
             (SELECT p.name FROM published_customers p WHERE p.account_id = ?1 AND p.customer_id = i.customer_id),
             c.name
           ) AS known_name
           FROM ${this.name} i LEFT JOIN customers c ON c.account_id = ?1 AND c.customer_id = i.customer_id
         )`,
      )
      .get(account);
    const [total, known, renamed] = [Number(row?.total), Number(row?.known), Number(row?.renamed)];
    return { added: total - known, renamed, unchanged: known - renamed };
  }

  [Symbol.dispose](): void {
    this.#database.exec(`DROP TABLE ${this.name}`);
  }
}
