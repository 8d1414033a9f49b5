// Prints any number of lines in constant memory, as fast as their reader accepts them.
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Prints the lines. Resolves when all are written or the reader has closed the pipe. */
export async function printLines(lines: AsyncIterable<string>, stdout: Writable): Promise<void> {
  await pipeline(Readable.from(inChunks(lines)), stdout, { end: false }).catch(ignoreClosedPipe);
}

/** Quotes a CSV cell (RFC 4180, section 2), also for programs that split at semicolons or tabs. */
export function quoteCell(text: string): string {
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const CHUNK_LENGTH = 65_536;

/** Joins lines to larger chunks. Writing each line by itself would spend most of the time in system calls. */
async function* inChunks(lines: AsyncIterable<string>): AsyncIterable<string> {
  let chunk = '';
  for await (const line of lines) {
    chunk += line;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

/** Ignores the error of a pipe that its reader has closed, as `head` does. */
function ignoreClosedPipe(error: Error & { code?: string }): void {
  if (error.code !== 'EPIPE') throw error;
}
