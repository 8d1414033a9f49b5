// Detects parts of the schema that something other than this package has removed.
import { DatabaseSync } from '../../../sqlite/database.ts';
import type { Migration } from '../../migrations.ts';
import { StoreOpenError } from '../../store-errors.ts';

/**
 * Checks that the database has every table and view that these migrations create.
 *
 * @throws StoreOpenError
 */
export function checkParts(database: DatabaseSync, path: string, migrations: readonly Migration[]): void {
  const complete = new DatabaseSync(':memory:');
  try {
    for (const { sql } of migrations) complete.exec(sql);
    const present = new Set(listParts(database));
    const missing = listParts(complete).filter((part) => !present.has(part));
    if (missing.length === 0) return;
    throw new StoreOpenError(
      `${path} lacks ${missing.join(', ')}, which schema ${migrations.length} has: something else has changed it. ` +
        'It was not changed; restore a backup with `restore`.',
    );
  } finally {
    complete.close();
  }
}

/** Returns the parts of a schema, such as `table customers`. */
function listParts(database: DatabaseSync): string[] {
  return database
    .prepare("SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY name")
    .all()
    .map(({ type, name }) => `${type} ${name}`);
}
