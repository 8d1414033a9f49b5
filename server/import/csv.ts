// Reads CSV with the header `id,name` (RFC 4180). Names have no line breaks, so every line is a record, and an invalid
// line does not affect the next one.
import { CsvError, type Options, parse } from 'csv-parse/sync';
import { quote } from '../text/invisible.ts';
import { unguardFormulas } from './formula-guard.ts';
import { type LineBlock, readLineBlocks } from './line-blocks.ts';
import type { RowCollector } from './validate-rows.ts';

const OPTIONS = { record_delimiter: ['\r\n', '\n'], relax_column_count: true } satisfies Options;

/** The index of each column. */
interface Columns {
  id: number;
  name: number;
}

/** Reads a CSV file. Removes the apostrophes of `guardFormulas` from names, unless `raw` is set. */
export async function readCsv(
  source: AsyncIterable<Buffer>,
  collector: RowCollector,
  { raw }: { raw: boolean },
): Promise<void> {
  const toName = raw ? (cell: string | undefined) => cell : (cell: string | undefined) => cell && unguardFormulas(cell);
  const onLongLine = (line: number, message: string) => collector.addViolation(line, message);
  let columns: Columns | undefined;
  for await (const block of readLineBlocks(source, onLongLine)) {
    for (const [index, record] of parseBlock(block, collector).entries()) {
      const line = block.firstLine + index;
      if (!record || isBlank(record)) continue;
      if (columns) {
        if (record.length === 2) collector.addRow(line, record[columns.id], toName(record[columns.name]));
        else collector.addViolation(line, describeLength(record.length));
        continue;
      }
      columns = parseHeader(record);
      if (columns) continue;
      collector.addViolation(line, `The header must be id,name, but is ${quote(record.join(','))}.`);
      // The other lines cannot be validated if the header is invalid.
      return;
    }
  }
  if (!columns && collector.violationCount === 0)
    collector.addViolation(0, 'The file is empty; its first line must be id,name.');
}

/** Returns a record for each line of the block. Reports a line that is not CSV, and returns undefined for it. */
function parseBlock({ text, firstLine }: LineBlock, collector: RowCollector): (string[] | undefined)[] {
  const lines = text.split('\n');
  try {
    const records = parse(text, OPTIONS);
    // Otherwise a record spans several lines or the last line is empty, which would shift the line numbers.
    if (records.length === lines.length) return records;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
  }
  return lines.map((line, index) => parseLine(line.replace(/\r$/, ''), firstLine + index, collector));
}

function parseLine(line: string, number: number, collector: RowCollector): string[] | undefined {
  try {
    return parse(line, OPTIONS)[0] ?? [''];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    collector.addViolation(number, describeCsvError(error));
    return undefined;
  }
}

function describeCsvError(error: CsvError): string {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'A quoted value is not closed on its line; names have no line breaks.';
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'INVALID_OPENING_QUOTE':
      return 'There is a quotation mark inside a value. Quote the whole value, and double each quotation mark in it.';
    default:
      return `The line is not CSV: ${error.message}.`;
  }
}

/** Accepts the columns in either order, because programs that write CSV may sort them. */
function parseHeader(record: string[]): Columns | undefined {
  const names = record.map((each) => each.trim().toLowerCase());
  const columns = { id: names.indexOf('id'), name: names.indexOf('name') };
  return names.length === 2 && columns.id >= 0 && columns.name >= 0 ? columns : undefined;
}

function isBlank(record: string[]): boolean {
  return record.length === 1 && record[0]?.trim() === '';
}

function describeLength(values: number): string {
  const count = values === 1 ? 'one value' : `${values} values`;
  return `The line has ${count} instead of two${values > 2 ? '; a name with a comma must be quoted' : ''}.`;
}
