// CSV with the header `id,name` (RFC 4180). No name has a line break, so every line stands for itself, and one with a fault never spoils the next.
import { CsvError, type Options, parse } from 'csv-parse/sync';
import { quote } from '../text/invisible.ts';
import { unguardFormulas } from './formula-guard.ts';
import { type Block, readBlocks } from './line-blocks.ts';
import type { Intake } from './row-collector.ts';

const OPTIONS = { record_delimiter: ['\r\n', '\n'], relax_column_count: true } satisfies Options;

/** Where the two values stand in a record. */
interface Columns {
  id: number;
  name: number;
}

/** Names lose the apostrophes that `guardFormulas` gave them, unless they are raw. */
export async function readCsv(source: AsyncIterable<Buffer>, intake: Intake, { raw }: { raw: boolean }): Promise<void> {
  const toName = raw ? (name: string | undefined) => name : (name: string | undefined) => name && unguardFormulas(name);
  let columns: Columns | undefined;
  for await (const block of readBlocks(source, (line, reason) => intake.problem(line, reason))) {
    for (const [index, record] of records(block, intake).entries()) {
      const line = block.firstLine + index;
      if (!record || isBlank(record)) continue;
      if (columns) {
        if (record.length === 2) intake.row(line, record[columns.id], toName(record[columns.name]));
        else intake.problem(line, describeLength(record.length));
        continue;
      }
      columns = readHeader(record);
      if (columns) continue;
      intake.problem(line, `The header must be id,name, but is ${quote(record.join(','))}.`);
      // Without it nothing can be said of the other lines.
      return;
    }
  }
  if (!columns && intake.problemCount === 0) intake.problem(1, 'The file is empty; its first line must be id,name.');
}

/** A record for each line of the block; none where the line is broken, which is told. */
function records({ text, firstLine }: Block, intake: Intake): (string[] | undefined)[] {
  const lines = text.split('\n');
  try {
    const all = parse(text, OPTIONS);
    // A record that goes over several lines, or a last line that is empty, would shift the numbers.
    if (all.length === lines.length) return all;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
  }
  return lines.map((line, index) => parseLine(line.replace(/\r$/, ''), firstLine + index, intake));
}

function parseLine(line: string, number: number, intake: Intake): string[] | undefined {
  try {
    return parse(line, OPTIONS)[0] ?? [''];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    intake.problem(number, explain(error));
    return undefined;
  }
}

function explain(error: CsvError): string {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'A quoted value does not end on its line; names have no line breaks.';
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'INVALID_OPENING_QUOTE':
      return 'A quotation mark stands in the middle of a value. Put the whole value in quotes, and double each quotation mark in it.';
    default:
      return `The line is not CSV: ${error.message}.`;
  }
}

/** In either order: programs that write CSV sort columns as they like. */
function readHeader(record: string[]): Columns | undefined {
  const names = record.map((each) => each.trim().toLowerCase());
  const columns = { id: names.indexOf('id'), name: names.indexOf('name') };
  return names.length === 2 && columns.id >= 0 && columns.name >= 0 ? columns : undefined;
}

function isBlank(record: string[]): boolean {
  return record.length === 1 && record[0]?.trim() === '';
}

function describeLength(values: number): string {
  const count = values === 1 ? 'one value' : `${values} values`;
  return `The line has ${count} instead of two${values > 2 ? '; a name with a comma must be in quotes' : ''}.`;
}
