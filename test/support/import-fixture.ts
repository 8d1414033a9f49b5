// A database with the account Acme, and ways to import files into it.
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import { command, createKey } from './command.ts';
import { databasePath } from './fixtures.ts';

export const A = '11111111-1111-4111-8111-111111111111';
export const B = 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb';
export const C = '33333333-3333-4333-8333-333333333333';

/** A database with the account Acme, and a way to import a file into it. */
export async function importScene() {
  const path = await databasePath();
  await createKey(path, 'Acme');
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
  /** The lines that tell what is wrong, without the file name. */
  const faults = async (name: string, content: string | Buffer) => {
    const { code, stdout, stderr } = await importText(name, content);
    expect({ code, stdout, customers: customers() }).toEqual({ code: 1, stdout: '', customers: {} });
    return stderr
      .slice(stderr.indexOf(':\n  ') + 2)
      .trimEnd()
      .split('\n')
      .map((line) => line.trim());
  };
  return { path, customers, importText, faults };
}
