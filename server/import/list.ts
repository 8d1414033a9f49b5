// The answer of the vendor's list of customers, `{"items":[{"id","legalName"}]}`, read as it streams by.
import { JSONParser } from '@streamparser/json';
import { takeObject } from './json-lines.ts';
import type { Intake } from './row-collector.ts';

/** Bytes in which there is a customer, or the memory for what the parser has not finished would grow with the file. The vendor's have a few hundred. */
const ITEM_LIMIT = 262_144;

export async function readList(source: AsyncIterable<Buffer>, intake: Intake): Promise<void> {
  const parser = new JSONParser({ paths: ['$.items.*'], keepStack: false });
  let items = 0;
  let isList = true;
  let fault: string | undefined;
  parser.onValue = ({ value, key }) => {
    items += 1;
    if (typeof key !== 'number') isList = false;
    else takeObject(value, items, intake);
  };
  parser.onError = (error) => {
    fault ??= `From here the file is not JSON: ${error.message}.`;
  };
  let [unfinished, seen] = [0, 0];
  for await (const chunk of source) {
    parser.write(chunk);
    unfinished = items === seen ? unfinished + chunk.length : 0;
    seen = items;
    if (unfinished > ITEM_LIMIT) fault ??= `Within ${ITEM_LIMIT.toLocaleString('en')} bytes there is no customer.`;
    if (fault !== undefined) break;
  }
  if (!parser.isEnded) fault ??= 'Here the file ends, but its JSON does not.';
  if (!isList) fault ??= '`items` must be a list.';
  if (items === 0) fault ??= 'The file has no list of customers: it must be {"items":[{"id":"…","legalName":"…"}]}.';
  if (fault !== undefined) intake.problem(items + 1, fault);
}
