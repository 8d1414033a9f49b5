// Reads a JSON list of customers, as returned by the vendor's API, `{"items":[{"id","legalName"}]}`, or the array
// alone. The file is parsed as a stream.
import { JSONParser } from '@streamparser/json';
import { addObject } from './json-lines.ts';
import { describeRepeatedName, watchNames } from './repeated-names.ts';
import type { RowCollector } from './validate-rows.ts';

/**
 * The maximum size of an item in bytes, which bounds the memory of the parser. The vendor's items have a few hundred.
 */
const ITEM_LIMIT = 262_144;

const WHITE_SPACE = new Set(Buffer.from(' \t\r\n'));
const OPENING_BRACKET = 0x5b;

export async function readJsonList(source: AsyncIterable<Buffer>, collector: RowCollector): Promise<void> {
  let parser: JSONParser | undefined;
  let items = 0;
  let isList = true;
  let violation: string | undefined;
  /** Whether there is anything after the list. */
  let isFollowed = false;
  const createParser = (firstByte: number) => {
    const created = new JSONParser({ paths: [firstByte === OPENING_BRACKET ? '$.*' : '$.items.*'], keepStack: false });
    created.onValue = ({ value, key }) => {
      items += 1;
      if (typeof key !== 'number') isList = false;
      else addObject(value, items, collector);
    };
    created.onToken = watchNames(firstByte === OPENING_BRACKET ? [2] : [1, 3], (name, depth) =>
      collector.addViolation(depth === 1 ? 0 : items + 1, describeRepeatedName(name)),
    );
    created.onError = (error) => {
      isFollowed ||= created.isEnded;
      violation ??= describeSyntax(error);
    };
    return created;
  };
  /** The chunks that were read before the first item. */
  let start: Buffer[] = [];
  let [unfinishedBytes, itemsBefore] = [0, 0];
  for await (const chunk of source) {
    const firstByte = chunk.find((byte) => !WHITE_SPACE.has(byte));
    parser ??= firstByte === undefined ? undefined : createParser(firstByte);
    parser?.write(chunk);
    if (items === 0) start.push(chunk);
    else start = [];
    unfinishedBytes = items === itemsBefore ? unfinishedBytes + chunk.length : 0;
    itemsBefore = items;
    if (unfinishedBytes > ITEM_LIMIT)
      violation ??= `There is no complete item within ${ITEM_LIMIT.toLocaleString('en')} bytes.`;
    if (violation !== undefined) break;
  }
  if (!parser) return collector.addViolation(0, 'The file is empty.');
  if (isFollowed)
    return collector.addViolation(0, 'After the end of the JSON, the file has something else: remove it.');
  if (!parser.isEnded) violation ??= 'The file ends before its JSON does.';
  if (violation !== undefined) return collector.addViolation(items + 1, violation);
  const wrongShape = isList
    ? items === 0 && shapeViolation(Buffer.concat(start).toString())
    : '`items` must be a list.';
  if (wrongShape) collector.addViolation(0, wrongShape);
}

/** Describes a syntax error. The parser reports the position of an unexpected byte, but not of an unexpected value. */
function describeSyntax({ message }: Error): string {
  const position = /absolute position "(\d+)"/.exec(message)?.[1];
  const where = position === undefined ? '' : `: the byte at position ${position} is unexpected`;
  return `From here the file is not JSON${where}.`;
}

/**
 * Returns the violation of a file without items. An empty list has none here: the caller reports it for all formats.
 */
function shapeViolation(text: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The streaming parser skips a second byte order mark.
    return 'The file is not JSON.';
  }
  if (Array.isArray(value)) return undefined;
  if (typeof value !== 'object' || value === null || !('items' in value))
    return 'The file has no list of customers: it must be {"items":[{"id":"…","legalName":"…"}]}.';
  return Array.isArray(value.items) ? undefined : '`items` must be a list.';
}
