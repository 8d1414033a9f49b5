// What a command gets from the process that it runs in.
import type { Writable } from 'node:stream';

export interface CliContext {
  environment: Record<string, string | undefined>;
  /** Results, for people and pipes. */
  stdout: Writable;
  /** Errors, progress, and remarks that are not part of the result. */
  stderr: Writable & { isTTY?: boolean };
}
