// JSON Lines: one object a line, with `id` and `name`. The vendor's `legalName` will do for the name.

import { quote } from '../text/invisible.ts';
import { readBlocks } from './line-blocks.ts';
import type { Intake } from './row-collector.ts';

export async function readJsonLines(source: AsyncIterable<Buffer>, intake: Intake): Promise<void> {
  for await (const { text, firstLine } of readBlocks(source, (line, reason) => intake.problem(line, reason))) {
    for (const [index, line] of text.split('\n').entries()) {
      if (line.trim() !== '') takeLine(line, firstLine + index, intake);
    }
  }
}

function takeLine(line: string, number: number, intake: Intake): void {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    intake.problem(number, `The line is not JSON: ${quote(line.trim())}.`);
    return;
  }
  takeObject(value, number, intake);
}

/** Other properties are left aside: the vendor's objects have many. */
export function takeObject(value: unknown, place: number, intake: Intake): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    intake.problem(place, `It must be an object with id and name, but is ${quote(value)}.`);
    return;
  }
  const name = 'name' in value ? value.name : 'legalName' in value ? value.legalName : undefined;
  intake.row(place, 'id' in value ? value.id : undefined, name);
}
