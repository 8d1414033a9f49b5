// A JSON list of customers, as the vendor's API gives it: `{"items":[{"id","legalName"}]}`, or the list alone. Read as it streams by.
import { JSONParser } from '@streamparser/json';
import { takeObject } from './json-lines.ts';
import type { Intake } from './row-collector.ts';

/** Bytes in which there is a customer, or the memory for what the parser has not finished would grow with the file. The vendor's have a few hundred. */
const ITEM_LIMIT = 262_144;

const WHITE_SPACE = new Set(Buffer.from(' \t\r\n'));

export async function readList(source: AsyncIterable<Buffer>, intake: Intake): Promise<void> {
  let parser: JSONParser | undefined;
  let items = 0;
  let isList = true;
  let fault: string | undefined;
  const createParser = (first: number) => {
    const created = new JSONParser({ paths: [first === 0x5b ? '$.*' : '$.items.*'], keepStack: false });
    created.onValue = ({ value, key }) => {
      items += 1;
      if (typeof key !== 'number') isList = false;
      else takeObject(value, items, intake);
    };
    created.onError = (error) => {
      fault ??= `From here the file is not JSON: ${error.message}.`;
    };
    return created;
  };
  /** What was read before the first item. */
  let start: Buffer[] = [];
  let [unfinished, seen] = [0, 0];
  for await (const chunk of source) {
    const first = chunk.find((byte) => !WHITE_SPACE.has(byte));
    parser ??= first === undefined ? undefined : createParser(first);
    parser?.write(chunk);
    if (items === 0) start.push(chunk);
    else start = [];
    unfinished = items === seen ? unfinished + chunk.length : 0;
    seen = items;
    if (unfinished > ITEM_LIMIT) fault ??= `Within ${ITEM_LIMIT.toLocaleString('en')} bytes there is no customer.`;
    if (fault !== undefined) break;
  }
  if (!parser) fault ??= 'The file is empty.';
  else if (!parser.isEnded) fault ??= 'Here the file ends, but its JSON does not.';
  if (!isList) fault ??= '`items` must be a list.';
  if (items === 0) fault ??= describeWithoutItems(Buffer.concat(start).toString());
  if (fault !== undefined) intake.problem(items + 1, fault);
}

/** An empty list is left to the caller, which refuses every file without customers. */
function describeWithoutItems(text: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The streaming parser skips a second byte order mark.
    return 'From here the file is not JSON.';
  }
  if (Array.isArray(value)) return undefined;
  if (typeof value !== 'object' || value === null || !('items' in value))
    return 'The file has no list of customers: it must be {"items":[{"id":"…","legalName":"…"}]}.';
  return Array.isArray(value.items) ? undefined : '`items` must be a list.';
}
