// The lines of JSON that commands print.
import { escapeInvisible } from '../text/invisible.ts';

/** Formats an object as one line of JSON, with invisible characters escaped. */
export function jsonLine(shown: object): string {
  return `${escapeInvisible(JSON.stringify(shown))}\n`;
}
