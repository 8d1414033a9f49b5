// Cuts a file into blocks of whole lines. Formats with a customer on each line are read block by block, so a fault in one line never spoils the next.
import { SourceError } from './invalid-file-error.ts';

export interface Block {
  /** Counted from 1. */
  firstLine: number;
  /** Without the line break at its end; those within are as in the file. */
  text: string;
}

/** Bytes of one line. The longest that can be right, 255 characters escaped in JSON, has less than 4,000. */
const LINE_LIMIT = 65_536;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** All lines of the source, in order. A line that is too long is told of and left out; so memory is bounded whatever the file holds. */
export async function* readBlocks(
  source: AsyncIterable<Buffer>,
  refuseLongLine: (line: number, reason: string) => void,
): AsyncIterable<Block> {
  let firstLine = 1;
  let rest: Buffer = Buffer.alloc(0);
  let skipping = false;
  for await (const chunk of source) {
    let bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    if (skipping) {
      const end = bytes.indexOf(LINE_FEED);
      bytes = bytes.subarray(end < 0 ? bytes.length : end + 1);
      if (end >= 0) {
        skipping = false;
        firstLine += 1;
      }
    }
    const end = bytes.lastIndexOf(LINE_FEED);
    if (end >= 0) {
      yield { firstLine, text: bytes.toString('utf8', 0, bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end) };
      firstLine += countLines(bytes, end);
    }
    rest = bytes.subarray(end + 1);
    if (rest.length > LINE_LIMIT) {
      refuseLongLine(firstLine, `The line is longer than ${LINE_LIMIT.toLocaleString('en')} bytes.`);
      rest = Buffer.alloc(0);
      skipping = true;
    }
  }
  if (rest.length > 0) yield { firstLine, text: rest.toString('utf8') };
}

function countLines(bytes: Buffer, last: number): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0 && at <= last; at = bytes.indexOf(LINE_FEED, at + 1)) count += 1;
  return count;
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Beginnings of files that are not text in UTF-8, and what to do about them. */
const FOREIGN = [
  { start: [0xff, 0xfe], advice: 'is UTF-16. Save it as UTF-8' },
  { start: [0xfe, 0xff], advice: 'is UTF-16. Save it as UTF-8' },
  { start: [0x1f, 0x8b], advice: 'is compressed with gzip. Unpack it first' },
  { start: [0x50, 0x4b, 0x03, 0x04], advice: 'is a ZIP archive or a spreadsheet. Export it as CSV' },
];

/** The same bytes without a byte order mark. @throws SourceError */
export async function* withoutMark(source: AsyncIterable<Buffer>, name: string): AsyncIterable<Buffer> {
  let start: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of source) {
    if (start === undefined) {
      yield chunk;
      continue;
    }
    start = Buffer.concat([start, chunk]);
    if (start.length < 4) continue;
    yield checkStart(start, name);
    start = undefined;
  }
  if (start && start.length > 0) yield checkStart(start, name);
}

function checkStart(bytes: Buffer, name: string): Buffer {
  const foreign = FOREIGN.find(({ start }) => bytes.subarray(0, start.length).equals(Buffer.from(start)));
  if (foreign) throw new SourceError(`${name} ${foreign.advice}. Nothing was changed.`);
  return bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? bytes.subarray(3) : bytes;
}
