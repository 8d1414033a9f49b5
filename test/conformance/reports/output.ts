import type { Writable } from 'node:stream';

/** Output streams: the result goes to stdout, progress and errors to stderr. */
export interface Output {
  stdout: Writable & { isTTY?: boolean };
  stderr: Writable & { isTTY?: boolean };
}
