// Checks the content coding of a request body: RFC 9110, section 8.4.
import type { IncomingMessage } from 'node:http';
import { readCoding } from './read-coding.ts';
import { CODINGS } from './sync-decompressor.ts';

/** Reduces the header to one coding under its usual name, or removes it. Throws `UnsupportedMediaType` for others. */
export function checkContentCoding({ headers }: IncomingMessage): void {
  const header = headers['content-encoding'];
  if (header === undefined) return;
  const coding = readCoding(header, CODINGS);
  if (coding === undefined) delete headers['content-encoding'];
  else headers['content-encoding'] = coding;
}
