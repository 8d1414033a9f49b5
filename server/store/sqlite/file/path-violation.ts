// Validates paths of SQLite databases.

/** SQLite's name for a database without a file. */
export const MEMORY = ':memory:';

/** The suffixes of the files that SQLite and imports keep beside a database, and remove. */
export const LOG_FILES = ['-wal', '-shm', '-journal'];
const LOCK_FILES = ['-import', '-serve'];
export const SIDE_FILES = [...LOG_FILES, ...LOCK_FILES];

// biome-ignore lint/suspicious/noControlCharactersInRegex: it matches them on purpose.
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/;

/** Matches URIs of any scheme, and those of SQLite and PostgreSQL without slashes. */
const URI = /^((file|sqlite3?|libsql|jdbc|postgres(ql)?):|[a-z][a-z0-9+.-]*:\/\/)/i;

/** Returns why a path is invalid for a database or its backup; undefined if it is valid. */
export function pathViolation(path: string): string | undefined {
  if (path.trim() === '') return 'must not be empty';
  // SQLite would interpret it as a path too, and a folder `file:` would be created.
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
