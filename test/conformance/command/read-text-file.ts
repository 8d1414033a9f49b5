// Reads a file that an argument names.
import { readFileSync } from 'node:fs';
import { explainReadError } from '../../../openapi/model/file-errors.ts';

/** @throws RangeError with a reason and what to do */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new RangeError(`${path} ${explainReadError(error)}`, { cause: error });
  }
}
