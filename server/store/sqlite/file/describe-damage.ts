// Describes which tables of a damaged SQLite file cannot be read.
import { DatabaseSync } from '../../../sqlite/database.ts';
import { resultCodeOf } from '../../../sqlite/result-code.ts';
import { StoreOpenError } from '../../store-errors.ts';
import type { NamedBy } from '../named-by.ts';

const RESTORE =
  'Restore a backup with `restore`; without one, `organizations export` prints the accounts that are readable, and ' +
  '`sqlite3 FILE .recover` what else is.';

const USE_ANOTHER = 'Use another backup; without one, `sqlite3 FILE .recover` prints what is readable.';

/** Describes damage by reading the whole file. Returns undefined for an error that does not indicate damage. */
export function describeDamage(error: unknown, path: string, namedBy: NamedBy = 'setting'): StoreOpenError | undefined {
  const code = resultCodeOf(error) ?? resultCodeOf(error instanceof Error ? error.cause : undefined);
  if (code !== 'CORRUPT') return undefined;
  return toDamage(path, findDamagedTables(path), { namedBy, cause: error });
}

/** Checks the whole file. @throws StoreOpenError when a page of a table cannot be read */
export function rejectDamage(path: string): void {
  const tables = findDamagedTables(path);
  if (tables.length > 0) throw toDamage(path, tables);
}

function toDamage(
  path: string,
  tables: string[],
  { namedBy = 'setting', cause }: { namedBy?: NamedBy; cause?: unknown } = {},
): StoreOpenError {
  const what = tables.length > 0 ? ` in ${tables.join(', ')}` : '';
  return new StoreOpenError(`${path} is damaged${what} (CORRUPT). Nothing was changed. ${adviceFor(namedBy)}`, {
    cause,
  });
}

/** Returns what to do about a damaged file. */
export function adviceFor(namedBy: NamedBy): string {
  return namedBy === 'setting' ? RESTORE : USE_ANOTHER;
}

/** Returns the tables with a damaged page, including those of their indexes; none if the schema cannot be read. */
function findDamagedTables(path: string): string[] {
  let database: DatabaseSync | undefined;
  try {
    const opened = new DatabaseSync(path, { readOnly: true });
    database = opened;
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
    return tables.map((row) => String(row.name)).filter((table) => isDamaged(opened, table));
  } catch {
    return []; // The first page is damaged, or the file cannot be opened any more.
  } finally {
    database?.close();
  }
}

function isDamaged(database: DatabaseSync, table: string): boolean {
  try {
    const rows = database.prepare(`PRAGMA quick_check("${table.replaceAll('"', '""')}")`).all();
    return rows.some((row) => row.quick_check !== 'ok');
  } catch (error) {
    if (resultCodeOf(error) === undefined) throw error;
    return true;
  }
}
