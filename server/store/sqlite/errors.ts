// Maps errors of SQLite, and system errors about its files, to errors of the store.
import { isForeignKeyError, isSchemaError, type ResultCode, resultCodeOf } from '../../sqlite/result-code.ts';
import { type StoreErrorKind, StoreUnavailableError } from '../store-errors.ts';

/** The reasons for the log. */
const REASONS: Record<ResultCode, { reason: string; kind: StoreErrorKind }> = {
  BUSY: { reason: 'another process has locked the file', kind: 'locked' },
  LOCKED: { reason: 'this process has locked the file', kind: 'locked' },
  READONLY: { reason: 'the file is read-only', kind: 'readOnly' },
  IOERR: { reason: 'the disk is full or broken', kind: 'file' },
  FULL: { reason: 'the disk is full', kind: 'full' },
  CANTOPEN: { reason: 'a file cannot be opened', kind: 'file' },
  CORRUPT: { reason: 'the database is damaged', kind: 'damaged' },
  NOTADB: { reason: 'the database is damaged', kind: 'damaged' },
};

const DAMAGE_ADVICE =
  'Restore a backup. Without one, save what is readable: `organizations export` for each account, or ' +
  '`sqlite3 FILE .recover | sqlite3 NEW`.';

/** A foreign trigger has dropped a row without an error of SQLite. */
export class RowDroppedError extends Error {
  override readonly name = 'RowDroppedError';

  constructor() {
    super('a trigger drops rows');
  }
}

/**
 * Converts an error of SQLite or of the file system to a `StoreUnavailableError`, unless it is a defect of this
 * program. Returns any other error as it is.
 */
export function toStoreError(error: unknown): unknown {
  if (isForeignKeyError(error))
    return new StoreUnavailableError('The parent record was deleted in the meantime (foreign key violation).', {
      kind: 'conflict',
      cause: error,
    });
  if (error instanceof RowDroppedError || isSchemaError(error))
    return new StoreUnavailableError(
      `SQLite cannot do this: ${error.message}. Something else has changed the tables of the database: undo that.`,
      { kind: 'schema', cause: error },
    );
  if (error instanceof Error && 'syscall' in error && 'code' in error)
    return new StoreUnavailableError(`SQLite cannot store anything: its files cannot be accessed (${error.code}).`, {
      kind: 'file',
      cause: error,
    });
  const code = resultCodeOf(error);
  if (code === undefined) return error;
  const { reason, kind } = REASONS[code];
  const advice = kind === 'damaged' ? ` ${DAMAGE_ADVICE}` : '';
  return new StoreUnavailableError(`SQLite cannot store anything: ${reason} (${code}).${advice}`, {
    kind,
    cause: error,
  });
}
