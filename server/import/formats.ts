// The formats of imports, and the reader of each.
import type { RowCollector } from './validate-rows.ts';

/** Adds all rows of the source to the collector. Rejects only if the source fails. */
type Reader = (
  source: AsyncIterable<Buffer>,
  collector: RowCollector,
  options: {
    /** Whether to leave names in CSV as they are: see `unguardFormulas`. */
    raw: boolean;
  },
) => Promise<void>;

export interface Format {
  /** Loads the reader on demand: all commands know the formats, but only an import needs their parsers. */
  load(): Promise<Reader>;
  /** The unit of positions in messages. */
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
  json: { load: async () => (await import('./json-list.ts')).readJsonList, unit: 'item', extensions: ['.json'] },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;

const isFormatName = (name: string): name is FormatName => name in formats;

export const FORMAT_NAMES: readonly FormatName[] = Object.keys(formats).filter(isFormatName);
