/** What names the file: the setting `DATABASE_PATH`, or an argument of the command. */
export type NamedBy = 'setting' | 'argument';

/** A phrase about what else to do: `set DATABASE_PATH to another file`. */
export const nameAnother = (namedBy: NamedBy) =>
  namedBy === 'setting' ? 'set DATABASE_PATH to another file' : 'name another file';
