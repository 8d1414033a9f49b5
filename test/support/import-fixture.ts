// A database with the account Acme, and functions that import files into it.
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import { databasePath } from './fixtures.ts';
import { command, createKey } from './process/command.ts';

export const A = '11111111-1111-4111-8111-111111111111';
export const B = 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb';
export const C = '33333333-3333-4333-8333-333333333333';

/** Creates a database with the account Acme, and returns functions that import files into it. */
export async function importFixture() {
  const path = await databasePath();
  await createKey(path, 'Acme');
  /** The customers in the database: names by ID. */
  const customers = () => {
    using database = new DatabaseSync(path, { readOnly: true });
    const rows = database.prepare('SELECT customer_id, name FROM customers ORDER BY customer_id').all();
    return Object.fromEntries(rows.map((row) => [row.customer_id, row.name]));
  };
  const importText = async (name: string, content: string | Buffer, ...options: string[]) => {
    const file = join(dirname(path), name);
    await writeFile(file, content);
    return command(path, 'customers', 'import', file, '--account', 'Acme', ...options);
  };
  /** Imports an invalid file, and returns the reported violations. */
  const violations = async (name: string, content: string | Buffer) => {
    const { code, stdout, stderr } = await importText(name, content);
    expect({ code, stdout, customers: customers() }).toEqual({ code: 1, stdout: '', customers: {} });
    const [, report = ''] = stderr.split('Nothing was changed.\n');
    return report
      .trimEnd()
      .split('\n')
      .map((line) => line.trim());
  };
  return { path, customers, importText, violations };
}
