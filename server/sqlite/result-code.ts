// SQLite's result codes. All errors of node:sqlite have the same `code`; the result code is in `errcode`.

/** The result codes that this package distinguishes: https://www.sqlite.org/rescode.html */
const RESULT_CODES = new Map<number, ResultCode>([
  [5, 'BUSY'],
  [6, 'LOCKED'],
  [8, 'READONLY'],
  [10, 'IOERR'],
  [11, 'CORRUPT'],
  [13, 'FULL'],
  [14, 'CANTOPEN'],
  [26, 'NOTADB'],
]);

export type ResultCode = 'BUSY' | 'LOCKED' | 'READONLY' | 'IOERR' | 'CORRUPT' | 'FULL' | 'CANTOPEN' | 'NOTADB';

/** The extended result code of a read beyond the end of a file. */
const IOERR_SHORT_READ = 522;

/** Returns the primary result code of an error, or undefined for any other code and error. */
export function resultCodeOf(error: unknown): ResultCode | undefined {
  const code = extendedCodeOf(error);
  // The low byte of an extended result code is the primary one.
  return code === undefined ? undefined : RESULT_CODES.get(code & 0xff);
}

/** The primary result codes that indicate a changed schema: SCHEMA, CONSTRAINT and MISMATCH. */
const SCHEMA_CODES = new Set([17, 19, 20]);

/** All errors of a statement have the code 1, so only the message tells them apart. */
const MISSING = /^(no such |table \S+ has |cannot modify )/;

/** Returns whether the tables do not match the statements, or a constraint or trigger rejects a row. */
export function isSchemaError(error: unknown): error is Error {
  const code = extendedCodeOf(error);
  if (code === undefined || !(error instanceof Error)) return false;
  return SCHEMA_CODES.has(code & 0xff) || (code === 1 && MISSING.test(error.message));
}

/** The extended result code of a row that references a missing row. */
const CONSTRAINT_FOREIGNKEY = 787;

/** Returns whether a referenced row does not exist, such as an account that was deleted meanwhile. */
export function isForeignKeyError(error: unknown): boolean {
  return extendedCodeOf(error) === CONSTRAINT_FOREIGNKEY;
}

/** Returns whether a file is shorter than the processes that have it open had left it. */
export function isShortRead(error: unknown): boolean {
  return extendedCodeOf(error) === IOERR_SHORT_READ;
}

function extendedCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error && 'errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}
