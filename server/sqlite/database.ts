// Node's SQLite. It is loaded at run time, because an older Node would fail at a static import before its version is
// checked.
import type { DatabaseSync as Database } from 'node:sqlite';

export const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
export type DatabaseSync = Database;
