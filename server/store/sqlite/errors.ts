// Maps errors of SQLite to those of the store.
import { type ResultCode, resultCodeOf } from '../../sqlite/result-code.ts';
import { type StoreErrorKind, StoreUnavailableError } from '../store.ts';

/** For the log. A damaged database is a defect that does not pass, so it is no unavailable store. */
const REASONS: Record<Exclude<ResultCode, 'CORRUPT' | 'NOTADB'>, { reason: string; kind: StoreErrorKind }> = {
  BUSY: { reason: 'another process has locked the file', kind: 'locked' },
  LOCKED: { reason: 'this process has locked the file', kind: 'locked' },
  READONLY: { reason: 'the file is read-only', kind: 'readOnly' },
  IOERR: { reason: 'the disk is full or broken', kind: 'file' },
  FULL: { reason: 'the disk is full', kind: 'full' },
  CANTOPEN: { reason: 'a file cannot be opened', kind: 'file' },
};

/** Returns a `StoreUnavailableError` for what may pass by itself, and any other error as it is. */
export function toStoreError(error: unknown): unknown {
  const code = resultCodeOf(error);
  if (code === undefined || code === 'CORRUPT' || code === 'NOTADB') return error;
  const { reason, kind } = REASONS[code];
  return new StoreUnavailableError(`SQLite cannot store anything: ${reason} (${code}).`, { kind, cause: error });
}
