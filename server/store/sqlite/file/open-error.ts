// Describes in one line why a SQLite file cannot be opened, and what to do.
import { accessSync, constants, lstatSync, readlinkSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isShortRead, resultCodeOf } from '../../../sqlite/result-code.ts';
import { StoreOpenError } from '../../store-errors.ts';
import { type NamedBy, nameAnother } from '../named-by.ts';
import { truncationMessage } from './guards/truncation-guard.ts';

/** Converts errors of the file system and of SQLite to a `StoreOpenError`. Returns any other error as it is. */
export function toOpenError(error: unknown, path: string, namedBy: NamedBy = 'setting'): unknown {
  const message = isShortRead(error)
    ? truncationMessage(path)
    : (describeSystemError(error, path, namedBy) ?? describeResultCode(error, path, namedBy));
  return message === undefined ? error : new StoreOpenError(message, { cause: error });
}

const FULL_DISK = 'cannot be written: the disk is full or broken.';

/** Describes an error of creating the folder or the file. */
function describeSystemError(error: unknown, path: string, namedBy: NamedBy): string | undefined {
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return undefined;
  switch (error.code) {
    case 'EROFS':
      return describeReadOnly(path, namedBy);
    case 'EACCES':
    case 'EPERM':
      return error.syscall === 'stat' || error.syscall === 'lstat'
        ? `This user may not look into the folder of ${path}. ${grantOr(namedBy)}`
        : `The folder of ${path} is not writable. ${grantOr(namedBy)}`;
    case 'ELOOP':
      return `${path} leads through symbolic links that lead back to themselves. ${capitalize(nameAnother(namedBy))}.`;
    case 'ENOENT':
      return error.syscall === 'mkdir' ? describeUncreated(path, error.code, namedBy) : describeNoFolder(path);
    case 'ENOTDIR':
    case 'EEXIST':
      return `The folder of ${path} is a file. ${capitalize(nameAnother(namedBy))}.`;
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EIO':
      return `${path} ${FULL_DISK}`;
    default:
      return error.syscall === 'mkdir'
        ? describeUncreated(path, error.code, namedBy)
        : `${path} cannot be used (${error.code}). ${capitalize(nameAnother(namedBy))}.`;
  }
}

function describeReadOnly(path: string, namedBy: NamedBy): string {
  return `The file system of ${path} is read-only. Mount it writable, or ${nameAnother(namedBy)}.`;
}

/** Returns whether the file system is read-only, so that permissions do not matter. */
function isOnReadOnlySystem(path: string): boolean {
  try {
    accessSync(dirname(resolve(path)), constants.W_OK);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EROFS';
  }
}

/** Returns the reason, which SQLite does not report. */
function describeUnopened(path: string): string {
  const options = { throwIfNoEntry: false } as const;
  const stats = statSync(path, options);
  if (stats?.isDirectory()) return 'it is a folder';
  if (stats) return 'this user may not read and write it and its folder';
  if (lstatSync(path, options)?.isSymbolicLink())
    return `it is a symbolic link to ${readlinkSync(path)}, which cannot be created`;
  return 'this user may not create files in its folder, or nobody may';
}

function describeUncreated(path: string, code: unknown, namedBy: NamedBy): string {
  return `The folder of ${path} cannot be created (${code}). ${capitalize(nameAnother(namedBy))}.`;
}

function describeNoFolder(path: string): string {
  return `There is no folder ${dirname(resolve(path))}. Create it, or correct the path.`;
}

const grantOr = (namedBy: NamedBy) => `Grant this user write access, or ${nameAnother(namedBy)}.`;

export const capitalize = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function describeResultCode(error: unknown, path: string, namedBy: NamedBy): string | undefined {
  const code = resultCodeOf(error);
  if ((code === 'CANTOPEN' || code === 'READONLY') && isOnReadOnlySystem(path)) return describeReadOnly(path, namedBy);
  switch (code) {
    case 'NOTADB':
      return `${path} is not a SQLite database, or is damaged. It was not changed; ${nameAnother(namedBy)}.`;
    case 'CANTOPEN':
      return `${path} cannot be opened: ${describeUnopened(path)}. Correct that, or ${nameAnother(namedBy)}.`;
    case 'READONLY':
      return `${path} is not writable. ${grantOr(namedBy)}`;
    case 'BUSY':
      return `${path} is locked by another program. Stop it, or wait until it has finished.`;
    case 'FULL':
    case 'IOERR':
      return `${path} ${FULL_DISK}`;
    default:
      return undefined;
  }
}
