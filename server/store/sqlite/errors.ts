// Maps errors of SQLite to those of the store.
import { type ResultCode, resultCodeOf } from '../../sqlite/result-code.ts';
import { StoreUnavailableError } from '../store.ts';

/** For the log. A damaged database is a defect that does not pass, so it is no unavailable store. */
const REASONS: Record<Exclude<ResultCode, 'CORRUPT' | 'NOTADB'>, string> = {
  BUSY: 'another process has locked the file',
  LOCKED: 'this process has locked the file',
  READONLY: 'the file is read-only',
  IOERR: 'the disk is full or broken',
  FULL: 'the disk is full',
  CANTOPEN: 'a file cannot be opened',
};

/** Returns a `StoreUnavailableError` for what may pass by itself, and any other error as it is. */
export function toStoreError(error: unknown): unknown {
  const code = resultCodeOf(error);
  if (code === undefined || code === 'CORRUPT' || code === 'NOTADB') return error;
  return new StoreUnavailableError(`SQLite cannot store anything: ${REASONS[code]} (${code}).`, { cause: error });
}
