// Says in one line why a SQLite file cannot be opened, and what to do.
import { isShortRead, resultCodeOf } from '../../sqlite/result-code.ts';
import { StoreOpenError } from '../store.ts';
import { truncationMessage } from './truncation-guard.ts';

/** Returns a `StoreOpenError` for errors of the file system and of SQLite, and any other error as it is. */
export function toOpenError(error: unknown, path: string): unknown {
  const message = isShortRead(error)
    ? truncationMessage(path)
    : (describeSystemError(error, path) ?? describeResultCode(error, path));
  return message === undefined ? error : new StoreOpenError(message, { cause: error });
}

const WRITE_ACCESS_ADVICE = 'Grant this user write access, or set DATABASE_PATH to another file.';

/** Of creating the folder and the file. */
function describeSystemError(error: unknown, path: string): string | undefined {
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return undefined;
  switch (error.code) {
    case 'EACCES':
    case 'EROFS':
    case 'EPERM':
      return `The folder of ${path} is not writable. ${WRITE_ACCESS_ADVICE}`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `The folder of ${path} is a file. Set DATABASE_PATH to another file.`;
    default:
      return error.syscall === 'mkdir'
        ? `The folder of ${path} cannot be created (${error.code}). Set DATABASE_PATH to another file.`
        : undefined;
  }
}

function describeResultCode(error: unknown, path: string): string | undefined {
  switch (resultCodeOf(error)) {
    case 'NOTADB':
      return `${path} is not a SQLite database, or is damaged. It was not changed; set DATABASE_PATH to another file.`;
    case 'CANTOPEN':
      return `${path} cannot be opened: it is a folder, or this user may not read and write it and its folder.`;
    case 'READONLY':
      return `${path} is not writable. ${WRITE_ACCESS_ADVICE}`;
    case 'BUSY':
      return `${path} is locked by another program. Stop it, or wait until it has finished.`;
    case 'FULL':
    case 'IOERR':
      return `${path} cannot be written: the disk is full or broken.`;
    default:
      return undefined;
  }
}
