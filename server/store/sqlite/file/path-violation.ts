// Which paths can be those of a SQLite database.

/** SQLite's name for a database without a file. */
export const MEMORY = ':memory:';

/** Endings of the files that SQLite and imports keep beside a database, and remove. */
export const LOG_FILES = ['-wal', '-shm', '-journal'];
const LOCK_FILES = ['-import', '-serve'];
export const SIDE_FILES = [...LOG_FILES, ...LOCK_FILES];

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for.
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/;

/** A URI of any scheme, and those that programs write for SQLite and PostgreSQL without slashes. */
const URI = /^((file|sqlite3?|libsql|jdbc|postgres(ql)?):|[a-z][a-z0-9+.-]*:\/\/)/i;

/** Says what is wrong with a path for a database or its backup; undefined if nothing is. */
export function pathViolation(path: string): string | undefined {
  if (path.trim() === '') return 'must not be empty';
  // SQLite itself would take it for a path as well, and a folder `file:` would be created.
  if (URI.test(path))
    return (
      'must be a path such as /var/lib/customer-organizations/data.db, and not a URI' +
      (/postgres/i.test(path) ? '; a URL of PostgreSQL goes into DATABASE_URL' : '')
    );
  if (path === '-') return 'must be the path of a file: a database is not written to a stream';
  if (/(^|\/)\.{0,2}$/.test(path)) return 'must be the path of a file, and not of a folder';
  if (CONTROL_CHARACTERS.test(path)) return 'must not have control characters';
  const unexpanded = /^[~"'$%]|["']$/.exec(path)?.[0];
  if (unexpanded !== undefined)
    return `has ${unexpanded} at its beginning or end, which no shell has replaced or removed; write the path itself`;
  if (path !== path.trim()) return 'must not have spaces at its beginning or end';
  const ending = SIDE_FILES.find((each) => path.endsWith(each));
  if (ending !== undefined) return `must not end with ${ending}, as a file does that belongs to another database`;
  return undefined;
}
