// SQLite of Node. Loaded when this module runs: an older Node refuses a static import before its version is checked.
import type { DatabaseSync as Database } from 'node:sqlite';

export const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
export type DatabaseSync = Database;
