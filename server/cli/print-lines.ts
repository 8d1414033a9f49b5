// Prints as many lines as a command has, as fast as their reader takes them, and in constant memory.
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Resolves when all lines are written, or nobody reads them any more. */
export async function printLines(lines: AsyncIterable<string>, stdout: Writable): Promise<void> {
  await pipeline(Readable.from(inChunks(lines)), stdout, { end: false }).catch(ignoreClosedPipe);
}

/** A cell of CSV: RFC 4180, section 2; also for programs that split at semicolons or tabs. */
export function quoteCell(text: string): string {
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const CHUNK_LENGTH = 65_536;

/** UTF-16 code units. Writing each line by itself would spend most of the time in system calls. */
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

/** The reader has closed the pipe, as `head` does: no error. */
function ignoreClosedPipe(error: Error & { code?: string }): void {
  if (error.code !== 'EPIPE') throw error;
}
