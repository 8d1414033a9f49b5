// Opens the source of an import: a file, a pipe, a terminal or standard input. Reading can be aborted at any time.
import { close, constants, createReadStream, fstat, open } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { addAbortSignal, type Readable } from 'node:stream';
import { isatty, ReadStream } from 'node:tty';
import { promisify } from 'node:util';
import { SourceError } from './source-error.ts';

export interface Source {
  chunks: AsyncIterable<Buffer>;
  /** The size in bytes, if known. */
  size: number | undefined;
}

/**
 * Opens a source by its path; `-` is standard input. The signal aborts reading with its reason, even while a pipe has
 * no writer or its writer sends nothing.
 *
 * @throws SourceError
 */
export async function openSource(path: string, signal: AbortSignal): Promise<Source> {
  if (path === '-') {
    await rejectFolder(0, 'Standard input');
    return { chunks: read(process.stdin, 'Standard input', signal), size: undefined };
  }
  const { stream, size } = await openFile(path).catch((error) => {
    throw toSourceError(error, path);
  });
  return { chunks: read(stream, path, signal), size };
}

/** @throws SourceError when the path does not exist or is a folder */
export async function findSource(path: string): Promise<void> {
  const stats = await stat(path).catch((error) => {
    throw toSourceError(error, path);
  });
  if (stats.isDirectory()) throw new SourceError(`${path} is a folder, not a file or a pipe.`);
}

/** Rejects a folder as standard input, which Node would read as if it were empty. */
async function rejectFolder(fd: number, name: string): Promise<void> {
  if ((await promisify(fstat)(fd)).isDirectory()) throw new SourceError(`${name} is a folder, not a file or a pipe.`);
}

/**
 * Prevents that opening a pipe without a writer blocks a thread, which would keep the process from exiting. Windows has
 * no such flag.
 */
const NON_BLOCKING = constants.O_NONBLOCK ?? 0;

async function openFile(path: string): Promise<{ stream: Readable; size: number | undefined }> {
  const fd = await promisify(open)(path, constants.O_RDONLY | NON_BLOCKING);
  try {
    const stats = await promisify(fstat)(fd);
    if (stats.isFile()) return { stream: createReadStream('', { fd }), size: stats.size };
    // A socket waits in the event loop; a read stream would block a thread.
    if (stats.isFIFO()) return { stream: new Socket({ fd, readable: true, writable: false }), size: undefined };
    if (isatty(fd)) return { stream: new ReadStream(fd), size: undefined };
    throw new SourceError(`${path} is ${stats.isDirectory() ? 'a folder' : 'a device'}, not a file or a pipe.`);
  } catch (error) {
    await promisify(close)(fd);
    throw error;
  }
}

async function* read(stream: Readable, name: string, signal: AbortSignal): AsyncIterable<Buffer> {
  try {
    yield* addAbortSignal(signal, stream);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw toSourceError(error, name);
  }
}

const REASONS: Record<string, (path: string) => string> = {
  ENOENT: (path) => `There is no file ${path}.`,
  ENOTDIR: (path) => `There is no file ${path}: part of the path is not a folder.`,
  EACCES: (path) => `This user may not read ${path}.`,
  EPERM: (path) => `This user may not read ${path}.`,
  ELOOP: (path) => `${path} is a symbolic link that leads back to itself, or too long a chain of links.`,
  ENAMETOOLONG: (path) => `The name ${path} is too long for the file system.`,
  ENXIO: (path) => `${path} is a socket or a device without a driver, not a file or a pipe.`,
};

/** Describes an error of the operating system in one line. Returns any other error as it is. */
export function toSourceError(error: unknown, path: string): unknown {
  if (!(error instanceof Error && 'code' in error && 'syscall' in error)) return error;
  const code = String(error.code);
  const message = REASONS[code]?.(path) ?? `${path} cannot be read (${code}).`;
  return new SourceError(message, { cause: error });
}
