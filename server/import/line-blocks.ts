// Splits a byte stream into blocks of whole lines, for formats with a customer on each line.
import { SourceError } from './source-error.ts';

export interface LineBlock {
  /** The number of its first line, from 1. */
  firstLine: number;
  /** The lines, without the line break at the end of the last one. Other line breaks are those of the source. */
  text: string;
}

/** The maximum length of a line in bytes. The longest valid one, with 255 escaped characters, has less than 4,000. */
const LINE_LIMIT = 65_536;
/** The maximum number of lines in a block. A million lines of one byte would take 250 MB as records. */
const BLOCK_LINES = 4096;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Yields all lines in order. Reports and skips a line that is too long, so that the memory is bounded for any source.
 */
export async function* readLineBlocks(
  source: AsyncIterable<Buffer>,
  onLongLine: (line: number, message: string) => void,
): AsyncIterable<LineBlock> {
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
    for (let end = endOfBlock(bytes); end !== undefined; end = endOfBlock(bytes)) {
      yield { firstLine, text: bytes.toString('utf8', 0, bytes[end.at - 1] === CARRIAGE_RETURN ? end.at - 1 : end.at) };
      firstLine += end.lines;
      bytes = bytes.subarray(end.at + 1);
    }
    rest = bytes;
    if (rest.length > LINE_LIMIT) {
      onLongLine(firstLine, `The line is longer than ${LINE_LIMIT.toLocaleString('en')} bytes.`);
      rest = Buffer.alloc(0);
      skipping = true;
    }
  }
  if (rest.length > 0) yield { firstLine, text: rest.toString('utf8') };
}

/** Returns the end of the next block and its number of lines, or undefined if no line is complete. */
function endOfBlock(bytes: Buffer): { at: number; lines: number } | undefined {
  let end: { at: number; lines: number } | undefined;
  for (let lines = 1; lines <= BLOCK_LINES; lines++) {
    const at = bytes.indexOf(LINE_FEED, end ? end.at + 1 : 0);
    if (at < 0) break;
    end = { at, lines };
  }
  return end;
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** The first bytes of common files that are not UTF-8 text, with advice for each. */
const OTHER_ENCODINGS = [
  { signature: [0xff, 0xfe], advice: 'is UTF-16. Save it as UTF-8' },
  { signature: [0xfe, 0xff], advice: 'is UTF-16. Save it as UTF-8' },
  { signature: [0x1f, 0x8b], advice: 'is compressed with gzip. Unpack it first' },
  { signature: [0x50, 0x4b, 0x03, 0x04], advice: 'is a ZIP archive or a spreadsheet. Export it as CSV' },
];
const LONGEST_SIGNATURE = 4;

/** Yields the bytes without a byte order mark. @throws SourceError when they are not UTF-8 text */
export async function* stripByteOrderMark(source: AsyncIterable<Buffer>, name: string): AsyncIterable<Buffer> {
  let start: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of source) {
    if (start === undefined) {
      yield chunk;
      continue;
    }
    start = Buffer.concat([start, chunk]);
    if (start.length < LONGEST_SIGNATURE) continue;
    yield stripStart(start, name);
    start = undefined;
  }
  if (start && start.length > 0) yield stripStart(start, name);
}

function stripStart(bytes: Buffer, name: string): Buffer {
  const other = OTHER_ENCODINGS.find(({ signature }) =>
    bytes.subarray(0, signature.length).equals(Buffer.from(signature)),
  );
  if (other) throw new SourceError(`${name} ${other.advice}. Nothing was changed.`);
  return bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? bytes.subarray(3) : bytes;
}
