// Reads a file that an argument names.
import { readFileSync } from 'node:fs';
import { explainReadError } from '../../../openapi/model/file-errors.ts';

/** Returns the text without a byte order mark. @throws RangeError with a reason and what to do */
export function readTextFile(path: string): string {
  try {
    const bytes = readFileSync(path);
    // PowerShell 5 redirects output to files in UTF-16.
    const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
    return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new RangeError(`${path} ${explainReadError(error)}`, { cause: error });
  }
}
