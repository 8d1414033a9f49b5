// Reads the customers whose names an implementation must keep.
import { readTextFile } from './read-text-file.ts';

const LINE = /^([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})[=,](.+)$/i;

/** Parses `UUID=NAME`. The name includes surrounding white space. @throws RangeError when it is malformed */
export function parseCustomer(text: string): [id: string, name: string] {
  const [, id, name] = LINE.exec(text) ?? [];
  if (id === undefined || name === undefined) throw new RangeError('Expected UUID=NAME.');
  return [id.toLowerCase(), name];
}

/**
 * Reads a file with one customer on each line. @throws RangeError when it cannot be read, or with the first malformed
 * line
 */
export function readCustomers(path: string): [id: string, name: string][] {
  const lines = readTextFile(path).split(/\r?\n/);
  return lines.flatMap((line, index) => {
    if (line === '') return [];
    try {
      return [parseCustomer(line)];
    } catch (error) {
      throw new RangeError(`Line ${index + 1} of ${path}: expected UUID=NAME.`, { cause: error });
    }
  });
}
