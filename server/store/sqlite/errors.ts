// SQLite's result codes, by name. All errors of node:sqlite have the same `code`; what happened is in `errcode`.
import { StoreUnavailable } from '../store.ts';

const NAMES = new Map([
  [5, 'BUSY'],
  [6, 'LOCKED'],
  [8, 'READONLY'],
  [10, 'IOERR'],
  [11, 'CORRUPT'],
  [13, 'FULL'],
  [14, 'CANTOPEN'],
  [26, 'NOTADB'],
] as const);

type Name = typeof NAMES extends Map<unknown, infer N> ? N : never;

/** The name of the primary result code (https://www.sqlite.org/rescode.html), if it is one of those that this store tells apart. */
export function codeOf(error: unknown): Name | undefined {
  if (!(error instanceof Error && 'errcode' in error && typeof error.errcode === 'number')) return undefined;
  return NAMES.get((error.errcode & 0xff) as 5); // An extended code has its primary code in the low byte; `get` looks up any number.
}

/** What happened, for the person who reads the log. */
const REASONS = {
  BUSY: 'another process has locked the file',
  LOCKED: 'this process has locked the file',
  READONLY: 'the file may only be read',
  IOERR: 'the disk is full or broken',
  FULL: 'the disk is full',
  CANTOPEN: 'a file cannot be opened',
} as const;

/** What may pass by itself is `StoreUnavailable`; all else is a fault, and stays what it is. */
export function toStoreError(error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined || code === 'CORRUPT' || code === 'NOTADB') return error;
  return new StoreUnavailable(`SQLite cannot store anything: ${REASONS[code]} (${code}).`, { cause: error });
}
