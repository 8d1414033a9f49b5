// The formats that customers can be imported from, and how each is read.
import type { Intake } from './row-collector.ts';

/** Hands every row to the intake. Rejects only when the source does. */
type Read = (source: AsyncIterable<Buffer>, intake: Intake, options: { raw: boolean }) => Promise<void>;

export interface Format {
  /** The reader, loaded only now: every command knows the formats, only an import needs their parsers. */
  load(): Promise<Read>;
  /** What a place is called. */
  unit: 'line' | 'item';
  extensions: readonly string[];
}

export const formats = {
  csv: { load: async () => (await import('./csv.ts')).readCsv, unit: 'line', extensions: ['.csv'] },
  jsonl: {
    load: async () => (await import('./json-lines.ts')).readJsonLines,
    unit: 'line',
    extensions: ['.jsonl', '.ndjson'],
  },
  json: { load: async () => (await import('./json-list.ts')).readList, unit: 'item', extensions: ['.json'] },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;
