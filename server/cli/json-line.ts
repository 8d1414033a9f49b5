// The lines of JSON that commands print.
import { escapeInvisible } from '../text/invisible.ts';

/** An object on a line of its own, with nothing invisible in it. */
export function jsonLine(shown: object): string {
  return `${escapeInvisible(JSON.stringify(shown))}\n`;
}
