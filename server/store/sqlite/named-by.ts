/** Whether the file is named by the setting `DATABASE_PATH` or by an argument of the command. */
export type NamedBy = 'setting' | 'argument';

/** Returns a phrase with advice: `set DATABASE_PATH to another file`. */
export const nameAnother = (namedBy: NamedBy) =>
  namedBy === 'setting' ? 'set DATABASE_PATH to another file' : 'name another file';
