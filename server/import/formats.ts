// The formats that customers can be imported from, and how each is read.
import { readCsv } from './csv.ts';
import type { Intake } from './intake.ts';
import { readJsonLines } from './json-lines.ts';
import { readList } from './list.ts';

export interface Format {
  /** Hands every row to the intake. Rejects only when the source does. */
  read(source: AsyncIterable<Buffer>, intake: Intake): Promise<void>;
  /** What a place is called. */
  unit: 'line' | 'item';
  extensions: readonly string[];
}

export const formats = {
  csv: { read: readCsv, unit: 'line', extensions: ['.csv'] },
  jsonl: { read: readJsonLines, unit: 'line', extensions: ['.jsonl', '.ndjson'] },
  json: { read: readList, unit: 'item', extensions: ['.json'] },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;
