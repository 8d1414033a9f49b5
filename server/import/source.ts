// Opens what is imported: a file, a pipe, a terminal or standard input. Whatever it is, reading can be stopped at any moment.
import { close, constants, createReadStream, fstat, open } from 'node:fs';
import { Socket } from 'node:net';
import { addAbortSignal, type Readable } from 'node:stream';
import { isatty, ReadStream } from 'node:tty';
import { promisify } from 'node:util';
import { SourceError } from './invalid-file-error.ts';

export interface Source {
  chunks: AsyncIterable<Buffer>;
  /** Bytes, if they are known. */
  size: number | undefined;
}

/**
 * Opens a source by its path, or standard input as `-`. The signal ends reading with its reason, also while a pipe has no
 * writer or its writer is silent.
 *
 * @throws SourceError
 */
export async function openSource(path: string, signal: AbortSignal): Promise<Source> {
  if (path === '-') return { chunks: read(process.stdin, 'Standard input', signal), size: undefined };
  const { stream, size } = await openFile(path).catch((error) => {
    throw toSourceError(error, path);
  });
  return { chunks: read(stream, path, signal), size };
}

/** Without it, opening a pipe that has no writer would block a thread, and the process could not end. Windows has no such flag. */
const NON_BLOCKING = constants.O_NONBLOCK ?? 0;

async function openFile(path: string): Promise<{ stream: Readable; size: number | undefined }> {
  const fd = await promisify(open)(path, constants.O_RDONLY | NON_BLOCKING);
  try {
    const stats = await promisify(fstat)(fd);
    if (stats.isFile()) return { stream: createReadStream('', { fd }), size: stats.size };
    // The event loop waits for these, where a read stream would block a thread.
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

/** What the operating system refuses becomes one line; anything else is an error of this program, and stays what it is. */
export function toSourceError(error: unknown, path: string): unknown {
  if (!(error instanceof Error && 'code' in error && 'syscall' in error)) return error;
  const code = String(error.code);
  const message = REASONS[code]?.(path) ?? `${path} cannot be read (${code}).`;
  return new SourceError(message, { cause: error });
}
