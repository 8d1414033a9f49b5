// Reads JSON Lines: one object a line, with `id` and either `name` or, as in the vendor's API, `legalName`.
import { quote } from '../text/invisible.ts';
import { parseJson } from '../text/parse-json.ts';
import { readLineBlocks } from './line-blocks.ts';
import { describeRepeatedName, findRepeatedNames } from './repeated-names.ts';
import type { RowCollector } from './validate-rows.ts';

export async function readJsonLines(source: AsyncIterable<Buffer>, collector: RowCollector): Promise<void> {
  const onLongLine = (line: number, message: string) => collector.addViolation(line, message);
  for await (const { text, firstLine } of readLineBlocks(source, onLongLine)) {
    for (const [index, line] of text.split('\n').entries()) {
      if (line.trim() !== '') addLine(line, firstLine + index, collector);
    }
  }
}

function addLine(line: string, number: number, collector: RowCollector): void {
  let value: unknown;
  try {
    value = parseJson(line);
  } catch {
    collector.addViolation(number, `The line is not JSON: ${quote(line.trim())}.`);
    return;
  }
  for (const name of findRepeatedNames(line)) collector.addViolation(number, describeRepeatedName(name));
  addObject(value, number, collector);
}

/** Adds an object. Ignores other properties, of which the vendor's objects have many. */
export function addObject(value: unknown, position: number, collector: RowCollector): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    collector.addViolation(position, `It must be an object with id and name, but is ${quote(value)}.`);
    return;
  }
  const name = 'name' in value ? value.name : 'legalName' in value ? value.legalName : undefined;
  collector.addRow(position, 'id' in value ? value.id : undefined, name);
}
