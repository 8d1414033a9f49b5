// The process resources that a command uses.
import type { Writable } from 'node:stream';

export interface CliContext {
  environment: Record<string, string | undefined>;
  /** Receives the results, for people and pipes. */
  stdout: Writable;
  /** Receives errors, progress, and notes that are not part of the result. */
  stderr: Writable & { isTTY?: boolean };
}
